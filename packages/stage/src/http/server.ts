import type { Socket } from "node:net";
import { LIMITS } from "@rostra/wire";
import fastify, { type FastifyError, type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { Refusal, sendProblem } from "./refusal.ts";
import type { StageSockets } from "./socket/stage-sockets.ts";
import { addWhip, type WhipOptions } from "./whip.ts";

export interface StageHttpOptions extends WhipOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly sockets: StageSockets;
  readonly log: Logger;
  readonly registry: Registry;
}

export interface StageHttp {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** For a whole request to arrive: an offer is some kilobytes. */
const REQUEST_TIMEOUT_MS = 10_000;

/** The stage's internal HTTP listener: edges pass requests on to it. */
export async function listenHttp(options: StageHttpOptions): Promise<StageHttp> {
  const app = buildHttp(options);
  const url = await app.listen({ host: options.host, port: options.port });
  return { url, close: () => app.close() };
}

/** Everything but the socket. */
export function buildHttp(options: Omit<StageHttpOptions, "host" | "port">): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: LIMITS.jsonBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
  });
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("access-control-allow-origin", "*");
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, "not-found", "no such address"));
  setErrorHandler(app, options.log);
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/metrics", async (_request, reply) =>
    reply.type(options.registry.contentType).send(await options.registry.metrics()),
  );
  addWhip(app, options);
  app.server.on("upgrade", (request, socket, first) =>
    options.sockets.upgrade(request, socket as Socket, first),
  );
  return app;
}

/** Whatever fails is told as problem details; what is our own fault is told to the log as well. */
function setErrorHandler(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler<FastifyError | Refusal>((error, _request, reply) => {
    if (error instanceof Refusal) return sendProblem(reply, error.code, error.message);
    switch ("statusCode" in error ? error.statusCode : 500) {
      case 413:
        return sendProblem(reply, "too-large", `at most ${LIMITS.sdpBytes} bytes are taken`);
      case 415:
        return sendProblem(reply, "unsupported-media-type", "send the offer as application/sdp");
      case 400:
        return sendProblem(reply, "bad-request", "the request can't be read");
      default:
        log.error({ err: error }, "a request failed");
        return sendProblem(reply, "internal", "the stage failed: try again");
    }
  });
}
