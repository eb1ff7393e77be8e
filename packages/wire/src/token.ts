import { isObject, isOneOf, isShortText } from "./check.ts";
import { isSpaceId, isUserId, type SpaceId, type UserId } from "./ids.ts";
import type { StageRole } from "./space.ts";

/** Tokens are JWTs signed with EdDSA (RFC 8037); whoever holds the public key can verify one. */
export const TOKEN_ISSUER = "rostra";
export const TOKEN_ALGORITHM = "EdDSA";

/** Who the bearer is. `sub` is the user's id. */
export interface AccessClaims {
  readonly use: "access";
  readonly sub: UserId;
  readonly name: string;
}

/** The bearer may step on one space's stage in one role. */
export interface InvitationClaims {
  readonly use: "invitation";
  readonly space: SpaceId;
  readonly role: Exclude<StageRole, "host">;
  /** The host who hands the space over to the first who follows. `role` is cohost then. */
  readonly host?: UserId;
}

export function isAccessClaims(value: unknown): value is AccessClaims {
  return (
    isObject(value) &&
    value["use"] === "access" &&
    isUserId(value["sub"]) &&
    isShortText(value["name"], 100)
  );
}

export function isInvitationClaims(value: unknown): value is InvitationClaims {
  return (
    isObject(value) &&
    value["use"] === "invitation" &&
    isSpaceId(value["space"]) &&
    isOneOf(value["role"], ["cohost", "speaker"]) &&
    (value["host"] === undefined || isUserId(value["host"]))
  );
}
