import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { LIMITS } from "@rostra/wire";
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Logger } from "pino";
import { decorateCaller } from "./caller.ts";
import { answerBadAddress, answerWithProblems } from "./problems.ts";
import { addOneLineKeyword } from "./validation.ts";

/** The server with schema types: what a schema says is what a handler gets. */
export type Api = ReturnType<typeof createApi>;

/** An HTTP server that knows how we parse, validate and refuse, and no route yet. */
export function createApi(log: Logger) {
  const app: FastifyInstance = Fastify({
    // A secret in a log is a secret given away; Fastify logs no headers, this holds for the rest.
    loggerInstance: log.child(
      {},
      { redact: ["req.headers.authorization", "headers.authorization"] },
    ) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: LIMITS.jsonBodyBytes,
    // Edges on this machine say for whom they ask; nobody else is believed.
    trustProxy: "loopback",
    frameworkErrors: answerBadAddress,
    routerOptions: { maxParamLength: 200 },
    ajv: {
      customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false },
      onCreate: addOneLineKeyword,
    },
  });
  parseJsonOnly(app);
  answerWithProblems(app);
  decorateCaller(app);
  return app.withTypeProvider<TypeBoxTypeProvider>();
}

/** Many clients send the content type of JSON with no body at all: that is no body. */
function parseJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else void parse(request, body as string, done);
  });
}
