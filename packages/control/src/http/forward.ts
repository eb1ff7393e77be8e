import type { FastifyReply, FastifyRequest } from "fastify";

/** Marks a call that another control has passed on: it is passed on once. */
export const PASSED_ON = "x-rostra-passed-on";
/** A control that doesn't answer within this time, ms, is about to be missed by all. */
const PATIENCE_MS = 3_000;
/** Of the caller's headers those that decide what is answered. */
const ASKED_WITH = ["authorization", "user-agent"] as const;
const ANSWERED_WITH = ["content-type", "retry-after", "www-authenticate"] as const;

/**
 * Asks the control that decides, and gives its answer to the caller as it is.
 * @param base of its internal listener
 * @returns undefined where it doesn't answer
 */
export async function passOn(
  base: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const asked = ASKED_WITH.flatMap((name) => {
    const value = request.headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  // A call that came without a body has an empty one by now, of no type.
  const { body } = request;
  const hasBody = body !== undefined && body !== null;
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(base + request.url, {
      method: request.method,
      headers: {
        ...Object.fromEntries(asked),
        ...(hasBody && { "content-type": "application/json" }),
        // Links are given out as the caller found us, and limits are the caller's own.
        "x-forwarded-for": request.ip,
        "x-forwarded-host": request.host,
        "x-forwarded-proto": request.protocol,
        [PASSED_ON]: "1",
      },
      ...(hasBody && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    text = await answer.text();
  } catch (err) {
    request.log.warn({ err, control: base }, "the control that decides doesn't answer");
    return undefined;
  }
  for (const name of ANSWERED_WITH) {
    const value = answer.headers.get(name);
    if (value !== null) reply.header(name, value);
  }
  // As it came: it has been through a schema there.
  return reply
    .code(answer.status)
    .serializer(String)
    .send(text === "" ? undefined : text);
}
