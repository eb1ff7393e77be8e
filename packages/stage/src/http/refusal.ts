import { PROBLEM_MEDIA_TYPE, type ProblemCode, problem, RostraError } from "@rostra/wire";
import type { FastifyReply } from "fastify";

/** Ends a request with problem details (RFC 9457). `message` is one line that says what to do. */
export class Refusal extends RostraError {
  declare readonly code: ProblemCode;

  constructor(code: ProblemCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}

export function sendProblem(reply: FastifyReply, code: ProblemCode, detail: string): FastifyReply {
  const body = problem(code, detail);
  if (code === "unavailable" || code === "too-many") reply.header("retry-after", "1");
  if (code === "unauthorized") reply.header("www-authenticate", 'Bearer realm="rostra"');
  return reply.code(body.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(body));
}
