import type { Static } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import type { BlockLists } from "../accounts/block-lists.ts";
import type { Tokens } from "../accounts/tokens.ts";
import type { Raids } from "../spaces/raids.ts";
import type { KnownSpace, Spaces } from "../spaces/spaces.ts";
import type { RateLimitHooks } from "./rate-limits.ts";
import type { Space } from "./schemas.ts";

/** What the routes work with. */
export interface ApiParts {
  readonly tokens: Tokens;
  readonly spaces: Spaces;
  readonly blockLists: BlockLists;
  readonly raids: Raids;
  readonly limits: RateLimitHooks;
  /** A space as the API shows it to whoever makes this request. */
  readonly present: (space: KnownSpace, request: FastifyRequest) => Static<typeof Space>;
  /** Base of the links that are given out for this request. */
  readonly base: (request: FastifyRequest) => string;
  readonly guestMade: () => void;
}
