import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { LIMITS } from "@rostra/wire";
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Logger } from "pino";
import { Refusal } from "../errors.ts";
import { API_DESCRIPTION } from "../openapi/description.ts";
import { NAMED_SCHEMAS } from "./answers.ts";
import { decorateCaller } from "./caller.ts";
import { answerBadAddress, answerBadHttp, answerWithProblems } from "./problems.ts";
import { addOneLineKeyword } from "./validation.ts";

/** The server with schema types: what a schema says is what a handler gets. */
export type Api = Awaited<ReturnType<typeof createApi>>;

/**
 * An HTTP server that knows how we parse, validate, describe and refuse, and no route yet.
 * @param isOurs whether an address is that of a process of ours: it is believed for whom it asks
 */
export async function createApi(log: Logger, isOurs: (address: string) => boolean) {
  const app: FastifyInstance = Fastify({
    // A secret in a log is a secret given away; Fastify logs no headers, this holds for the rest.
    loggerInstance: log.child(
      {},
      { redact: ["req.headers.authorization", "headers.authorization"] },
    ) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: LIMITS.jsonBodyBytes,
    trustProxy: isOurs,
    frameworkErrors: answerBadAddress,
    clientErrorHandler: answerBadHttp,
    // What still comes on open connections while we close is answered, then they end.
    return503OnClosing: false,
    ajv: {
      customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false },
      onCreate: addOneLineKeyword,
    },
  });
  parseJsonOnly(app);
  endConnectionsOnClose(app);
  answerWithProblems(app);
  decorateCaller(app);
  for (const schema of Object.values(NAMED_SCHEMAS)) app.addSchema(schema);
  await app.register(rateLimit, { global: false });
  await app.register(swagger, API_DESCRIPTION);
  return app.withTypeProvider<TypeBoxTypeProvider>();
}

/**
 * Closing ends the connections that are idle at that moment; one that is answering then would be
 * kept open for the caller's next request, and closing would wait for it.
 */
function endConnectionsOnClose(app: FastifyInstance): void {
  let closing = false;
  app.addHook("preClose", async () => {
    closing = true;
  });
  app.addHook("onSend", async (_request, reply) => {
    if (closing) reply.header("connection", "close");
  });
  app.addHook("onResponse", async () => {
    // For an answer whose headers were out already. The connection is idle a moment later.
    if (closing) setImmediate(() => app.server.closeIdleConnections());
  });
}

function parseJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    // Many clients send the content type of JSON with no body at all: that is no body.
    if (body === "") done(null, undefined);
    else void parse(request, body as string, done);
  });
  app.addHook("preValidation", async (request) => {
    const { body, routeOptions } = request;
    if (body === undefined || routeOptions.schema?.body !== undefined) return;
    if (typeof body === "object" && body !== null && Object.keys(body).length === 0) return;
    throw new Refusal("bad-request", "body: this call takes none");
  });
}
