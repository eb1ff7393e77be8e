import type { Socket } from "node:net";
import { PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemCode, problem } from "@rostra/wire";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { DecidedElsewhere, Refusal } from "../errors.ts";
import { PASSED_ON, passOn } from "./forward.ts";
import { validationSentence } from "./validation.ts";

const NOWHERE = ["not-found", "there is nothing at this address: see /api/openapi.json"] as const;

// What Fastify itself refuses with, by the status it would have answered.
const BY_STATUS: { readonly [status: number]: readonly [ProblemCode, string] } = {
  400: ["bad-request", "the request can't be read: send JSON as the API describes it"],
  404: NOWHERE,
  413: ["too-large", "the body is too large: send at most 16 KiB"],
  // A part of the address is longer than any id: it names nothing.
  414: NOWHERE,
  415: ["unsupported-media-type", "send the body as application/json"],
};

/** Turns whatever goes wrong into problem details; nothing of an inner error gets out. */
export function answerWithProblems(app: FastifyInstance): void {
  app.setErrorHandler(async (error: FastifyError | Refusal, request, reply) => {
    if (error instanceof DecidedElsewhere && request.headers[PASSED_ON] === undefined) {
      const answered = await passOn(error.url, request, reply);
      if (answered !== undefined) return answered;
    }
    const [code, detail] = toProblem(error);
    if (PROBLEMS[code][0] >= 500) request.log.error({ err: error }, "request failed");
    return sendProblem(reply, code, detail);
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, ...NOWHERE));
}

/** Answers with problem details; a 401 says how to authenticate, too (RFC 9110, 11.6.1). */
function sendProblem(reply: FastifyReply, code: ProblemCode, detail: string): FastifyReply {
  const body = problem(code, detail);
  if (code === "unavailable") reply.header("retry-after", "2");
  if (code === "unauthorized") reply.header("www-authenticate", 'Bearer realm="rostra"');
  return reply.code(body.status).type(PROBLEM_MEDIA_TYPE).send(body);
}

/** For what fails before there is a route: the reply knows no serializer yet. */
export function answerBadAddress(
  error: FastifyError,
  _request: FastifyRequest,
  reply: FastifyReply,
): void {
  const [code, detail] = toProblem(error);
  const body = problem(code, detail);
  reply.code(body.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(body));
}

/** For what isn't HTTP at all, or has headers without end: there is only a socket to answer to. */
export function answerBadHttp(error: { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === "HPE_HEADER_OVERFLOW";
  const body = tooLarge
    ? problem("too-large", "the headers are too large")
    : problem("bad-request", "that is no HTTP request");
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${body.status} ${body.title}\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
  );
}

/** What went wrong, in words for the caller; what we did not foresee is ours and says nothing. */
function toProblem(error: FastifyError | Refusal): readonly [ProblemCode, string] {
  if (error instanceof Refusal) return [error.code, error.message];
  const invalid = error.validation?.[0];
  // What can't be an id names nothing: the same answer as for an id that nobody has.
  if (error.validationContext === "params") {
    return ["not-found", "nothing has an id of that form: check the link"];
  }
  if (invalid !== undefined) return ["bad-request", validationSentence(invalid, error)];
  if (error.code === "FST_ERR_CTP_INVALID_JSON_BODY") {
    return ["bad-request", "the body is not valid JSON"];
  }
  return BY_STATUS[error.statusCode ?? 500] ?? ["internal", "try again in a moment"];
}
