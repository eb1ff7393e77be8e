import { newUserId, type UserId } from "@rostra/wire";
import type { IssuedToken, Tokens } from "../accounts/tokens.ts";
import type { Api } from "./app.ts";
import { bearerOf } from "./caller.ts";
import { Guest, GuestBody } from "./schemas.ts";

/**
 * Guests are kept nowhere: who they are stands in the token that they hold, signed. So making one
 * costs no write, and no flood of guests can fill the store.
 */
export function guestRoutes(app: Api, parts: { readonly tokens: Tokens }): void {
  const { tokens } = parts;

  app.post(
    "/api/v1/guests",
    { schema: { body: GuestBody, response: { 201: Guest } } },
    async (request, reply) => {
      const id = newUserId();
      const displayName = request.body.displayName;
      reply.code(201);
      return presentGuest(
        await tokens.issueAccess({ sub: id, name: displayName }),
        id,
        displayName,
      );
    },
  );

  app.post(
    "/api/v1/guests/renewal",
    { schema: { response: { 201: Guest } } },
    async (request, reply) => {
      const { sub, name } = await tokens.readRenewable(bearerOf(request));
      reply.code(201);
      return presentGuest(await tokens.issueAccess({ sub, name }), sub, name);
    },
  );
}

function presentGuest(issued: IssuedToken, id: UserId, displayName: string) {
  return {
    token: issued.token,
    expiresAt: new Date(issued.expiresAtMs).toISOString(),
    user: { id, displayName },
  };
}
