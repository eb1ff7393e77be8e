import type { UserId } from "@rostra/wire";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Tokens } from "../accounts/tokens.ts";
import { Refusal } from "../errors.ts";

/** Who makes a request, as the signed token says. */
export interface Caller {
  readonly id: UserId;
  readonly displayName: string;
}

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller | null;
  }
}

const BEARER = /^Bearer +(?<token>[A-Za-z0-9._~+/=-]{1,4096}) *$/i;

/** Gives every request a place for its caller, so that all have the same shape. */
export function decorateCaller(app: FastifyInstance): void {
  app.decorateRequest("caller", null);
}

/** An onRequest hook: without a valid access token the request goes no further. */
export function requireCaller(tokens: Tokens) {
  return async (request: FastifyRequest): Promise<void> => {
    const claims = await tokens.readAccess(bearerOf(request));
    request.caller = { id: claims.sub, displayName: claims.name };
  };
}

/** @throws {Refusal} `unauthorized` */
export function bearerOf(request: FastifyRequest): string {
  const token = BEARER.exec(request.headers.authorization ?? "")?.groups?.["token"];
  if (token !== undefined) return token;
  throw new Refusal(
    "unauthorized",
    "send Authorization: Bearer with a token of POST /api/v1/guests",
  );
}

/** The caller behind {@link requireCaller}. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Refusal("unauthorized", "this call needs a token");
  return request.caller;
}
