import { WireError } from "./errors.ts";

/** Names one space for its whole life: through restarts, hosts, servers and regions. */
export type SpaceId = string & { readonly __brand: "SpaceId" };
/** Names one account or guest. */
export type UserId = string & { readonly __brand: "UserId" };

// Crockford's base 32 in lower case: no i, l, o or u, so that an id survives being read out.
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const ID_LENGTH = 16;
const ID_PATTERN = /^[0-9abcdefghjkmnpqrstvwxyz]{16}$/;

/** 80 random bits as 16 characters: unguessable, so that an unlisted space stays unlisted. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_LENGTH));
  let id = "";
  for (const byte of bytes) id += ALPHABET[byte & 31];
  return id;
}

export function newSpaceId(): SpaceId {
  return randomId() as SpaceId;
}

export function newUserId(): UserId {
  return randomId() as UserId;
}

export function isSpaceId(value: unknown): value is SpaceId {
  return typeof value === "string" && ID_PATTERN.test(value);
}

export function isUserId(value: unknown): value is UserId {
  return typeof value === "string" && ID_PATTERN.test(value);
}

/** @throws {WireError} `bad-id` where `value` is not an id of ours */
export function parseSpaceId(value: unknown): SpaceId {
  if (isSpaceId(value)) return value;
  throw new WireError("bad-id", "a space id is 16 characters of 0-9 and a-z without i, l, o, u");
}
