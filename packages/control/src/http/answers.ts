import { type Static, type TSchema, Type } from "@fastify/type-provider-typebox";
import type { ProblemCode } from "@rostra/wire";
import { describeRefusals } from "../openapi/refusals.ts";
import { BlockedPeople, HandPlace, Hands, Me } from "./people-schemas.ts";
import { Guest, Invitation, Notice, Problem, Raid, Space, SpaceList } from "./schemas.ts";

/** Shapes with a name of their own in the API's description, where each is said once. */
export const NAMED_SCHEMAS = {
  Guest,
  Invitation,
  Space,
  SpaceList,
  Hands,
  HandPlace,
  Me,
  BlockedPeople,
  Notice,
  Raid,
  Problem,
};
type Named = typeof NAMED_SCHEMAS;

/** By name, so that the description says each shape once. */
function named<Name extends keyof Named>(name: Name) {
  return Type.Unsafe<Static<Named[Name]>>({ $ref: `${name}#` });
}

/** What a call answers when all is well: one of the named shapes as JSON. */
export function answer<Name extends keyof Named>(name: Name, description: string) {
  return { description, content: { "application/json": { schema: named(name) } } };
}

/** As {@link answer}, where what was asked for decides which of two shapes it is. */
export function eitherAnswer<One extends keyof Named, Other extends keyof Named>(
  one: One,
  other: Other,
  description: string,
) {
  const schema = Type.Unsafe<Static<Named[One]> | Static<Named[Other]>>({
    anyOf: [{ $ref: `${one}#` }, { $ref: `${other}#` }],
  });
  return { description, content: { "application/json": { schema } } };
}

/**
 * The refusals of a call, by status, for its description. What is done in somebody's name is kept,
 * and can't be while the store is out of reach.
 */
export function refusals(...codes: readonly ProblemCode[]) {
  const all = codes.includes("unauthorized") ? [...codes, "unavailable" as const] : codes;
  return describeRefusals(named("Problem") as TSchema, all);
}
