import type { Static } from "@fastify/type-provider-typebox";
import type { SpaceSnapshot } from "@rostra/wire";
import type { FastifyRequest } from "fastify";
import type { Tokens } from "../accounts/tokens.ts";
import type { Spaces } from "../spaces/spaces.ts";
import type { Space } from "./schemas.ts";

/** What the routes work with. */
export interface ApiParts {
  readonly tokens: Tokens;
  readonly spaces: Spaces;
  /** A space as the API shows it to whoever makes this request. */
  present(space: SpaceSnapshot, request: FastifyRequest): Static<typeof Space>;
}
