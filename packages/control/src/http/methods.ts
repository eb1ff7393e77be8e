import type { FastifyInstance } from "fastify";
import { Refusal } from "../errors.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/**
 * Answers 405 where an address is known but not with that method. To be called before the routes
 * are made; call what it returns after them.
 */
export function refuseOtherMethods(app: FastifyInstance): () => void {
  const methodsByUrl = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const known = methodsByUrl.get(url) ?? new Set();
    methodsByUrl.set(url, new Set([...known, ...[method].flat()]));
  });
  return () => {
    for (const [url, known] of [...methodsByUrl]) {
      const allow = [...known].join(", ");
      const refuse = new Refusal("method-not-allowed", `this address takes ${allow}`);
      app.route({
        url,
        method: METHODS.filter((method) => !known.has(method)),
        schema: { hide: true },
        // Before the body is looked at: whatever it holds, the method is what is wrong.
        onRequest: async (_request, reply) => {
          reply.header("allow", allow);
          throw refuse;
        },
        handler: () => {},
      });
    }
  };
}
