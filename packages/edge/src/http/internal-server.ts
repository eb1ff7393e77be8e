import { createServer, type Server } from "node:http";
import type { Server as NetServer } from "node:net";
import type { Registry } from "prom-client";
import { EdgeError } from "../errors.ts";
import { sendHealth } from "./health.ts";
import { METRICS_MEDIA_TYPE } from "./metrics-page.ts";
import { refuse, send, sendRefusal } from "./respond.ts";

/** For the other processes of this machine: the public port is shared, so it can't name one edge. */
export function createInternalServer(registry: Registry): Server {
  return createServer((req, res) => {
    if (req.url === "/healthz") {
      sendHealth(res);
    } else if (req.url === "/metrics") {
      registry.metrics().then(
        (text) => send(res, 200, text, { "content-type": METRICS_MEDIA_TYPE }),
        () => sendRefusal(res, refuse("internal", "the metrics can't be collected")),
      );
    } else {
      sendRefusal(res, refuse("not-found", "use /metrics or /healthz"));
    }
  });
}

/**
 * Connections that wait to be accepted. Node's own 511 overflow when thousands come at once, and
 * the kernel then lets clients believe that they are connected. It takes the smaller of this and
 * its own net.core.somaxconn.
 */
const BACKLOG = 4_096;

/**
 * @returns the port: the one asked for, or a free one where 0 was
 * @throws {EdgeError} `listen-failed`
 */
export async function listen(
  server: NetServer,
  at: { host: string; port: number; reusePort?: boolean },
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ ...at, backlog: BACKLOG }, resolve);
  try {
    await promise;
  } catch (cause) {
    throw new EdgeError("listen-failed", `can't listen on ${at.host}:${at.port}`, { cause });
  }
  server.off("error", reject);
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : at.port;
}

/**
 * Stops accepting. Connections that wait for nothing are cut at once, the others after
 * `patienceMs`; resolves when all are gone.
 */
export async function closeServer(server: Server, patienceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), patienceMs);
  await promise;
  clearTimeout(timer);
}
