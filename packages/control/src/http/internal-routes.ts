import type { Registry } from "prom-client";
import type { Api } from "./app.ts";

/** For the supervisor and the edges on this machine; edges let nobody from outside come here. */
export function internalRoutes(app: Api, registry: Registry): void {
  app.get("/healthz", { schema: { hide: true } }, async () => ({ status: "ok" }));
  app.get("/metrics", { schema: { hide: true } }, async (_request, reply) => {
    reply.type(registry.contentType);
    return registry.metrics();
  });
}
