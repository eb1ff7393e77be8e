import { newUserId, type UserId } from "@rostra/wire";
import type { IssuedToken } from "../accounts/tokens.ts";
import { answer, refusals } from "./answers.ts";
import type { Api } from "./app.ts";
import { bearerOf } from "./caller.ts";
import type { ApiParts } from "./parts.ts";
import { GuestBody } from "./schemas.ts";

const tags = ["guests"];

/**
 * Guests are kept nowhere: who they are stands in the token that they hold, signed. So making one
 * costs no write, and no flood of guests can fill the store.
 */
export function guestRoutes(app: Api, { tokens, limits, guestMade }: ApiParts): void {
  app.post(
    "/api/v1/guests",
    {
      onRequest: limits.guests,
      schema: {
        operationId: "createGuest",
        summary: "Become a guest: a name, and a token that proves who you are",
        tags,
        body: GuestBody,
        response: {
          201: answer("Guest", "The guest, with a token for two hours"),
          ...refusals("bad-request", "too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request, reply) => {
      const id = newUserId();
      const name = request.body.displayName;
      const issued = await tokens.issueAccess({ sub: id, name });
      guestMade();
      return reply.code(201).send(presentGuest(issued, id, name));
    },
  );

  app.post(
    "/api/v1/guests/renewal",
    {
      onRequest: limits.guests,
      schema: {
        operationId: "renewGuest",
        summary: "Swap a token for a fresh one; a token that has expired will do",
        tags,
        security: [{ bearer: [] }],
        response: {
          201: answer("Guest", "The same guest, with a token for two more hours"),
          ...refusals("unauthorized", "too-many"),
        },
      },
    },
    async (request, reply) => {
      const { sub, name } = await tokens.readRenewable(bearerOf(request));
      const issued = await tokens.issueAccess({ sub, name });
      return reply.code(201).send(presentGuest(issued, sub, name));
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
