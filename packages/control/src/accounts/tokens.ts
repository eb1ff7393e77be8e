import {
  type AccessClaims,
  type Clock,
  type InvitationClaims,
  isAccessClaims,
  isInvitationClaims,
  TOKEN_ALGORITHM,
  TOKEN_ISSUER,
} from "@rostra/wire";
import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { Refusal } from "../errors.ts";
import type { SigningKey } from "./signing-key.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * Two hours: stages and edges check tokens by signature alone and ask nobody, so this is how long
 * a token goes on after control has stopped renewing it. Longer, and somebody who was shown out
 * keeps coming back all evening; shorter, and a renewal would be due while control may be away.
 */
export const ACCESS_VALID_MS = 2 * HOUR_MS;

/**
 * How long after its end a token may still be renewed. For a guest the token is all there is: who
 * scheduled a space up to a year ahead must find themself its host on the day.
 */
export const RENEWABLE_MS = 400 * DAY_MS;

/** A day: long enough to send a link around before an event, too short to be found later. */
export const INVITATION_VALID_MS = 24 * HOUR_MS;

/** A signed JWT and when it ends, ms since 1970. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

/** What an invitation link allows, and when it was made, ms since 1970. */
export interface Link extends Omit<InvitationClaims, "use"> {
  readonly issuedAtMs: number;
}

/** Signs tokens and tells ours from all others. */
export class Tokens {
  readonly #key: SigningKey;
  readonly #clock: Clock;

  constructor(key: SigningKey, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  issueAccess(claims: Omit<AccessClaims, "use">): Promise<IssuedToken> {
    return this.#sign({ use: "access", ...claims }, ACCESS_VALID_MS);
  }

  issueInvitation(claims: Omit<InvitationClaims, "use">): Promise<IssuedToken> {
    return this.#sign({ use: "invitation", ...claims }, INVITATION_VALID_MS);
  }

  /** @throws {Refusal} `unauthorized` */
  async readAccess(token: string): Promise<AccessClaims> {
    return accessOf(await this.#verify(token, 0));
  }

  /**
   * Takes a token that has ended, too, for as long as it may be renewed.
   * @throws {Refusal} `unauthorized`
   */
  async readRenewable(token: string): Promise<AccessClaims> {
    return accessOf(await this.#verify(token, RENEWABLE_MS));
  }

  /** @throws {Refusal} `forbidden`: unlike a bad access token, renewing one's own won't help */
  async readInvitation(invitation: string): Promise<Link> {
    let payload: JWTPayload;
    try {
      payload = await this.#verify(invitation, 0);
    } catch (cause) {
      throw new Refusal("forbidden", "the invitation is not valid or too old: ask for a new one", {
        cause,
      });
    }
    if (isInvitationClaims(payload)) {
      // Verified to be there.
      const issuedAtMs = payload.iat! * 1000;
      const { space, role, host } = payload;
      return { space, role, ...(host !== undefined && { host }), issuedAtMs };
    }
    throw new Refusal("forbidden", "that token is no invitation: ask the host for one");
  }

  async #sign(claims: JWTPayload, validMs: number): Promise<IssuedToken> {
    // JWT counts in seconds; fractions are allowed (RFC 7519, section 2) and tell whether a link was
    // made before or after somebody was removed. The end is a whole one, for strict readers.
    const issuedS = Math.floor(this.#clock.nowMs()) / 1000;
    const expiresS = Math.floor(issuedS) + validMs / 1000;
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid: this.#key.verificationKey.kid, typ: "JWT" })
      .setIssuer(TOKEN_ISSUER)
      .setIssuedAt(issuedS)
      .setExpirationTime(expiresS)
      .sign(this.#key.privateKey);
    return { token, expiresAtMs: expiresS * 1000 };
  }

  /** @param pastEndMs how long after its end a token is still taken */
  async #verify(token: string, pastEndMs: number): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.#key.publicKey, {
        algorithms: [TOKEN_ALGORITHM],
        issuer: TOKEN_ISSUER,
        requiredClaims: ["exp", "iat"],
        currentDate: new Date(this.#clock.nowMs()),
        clockTolerance: pastEndMs / 1000,
      });
      return payload;
    } catch (cause) {
      const detail =
        cause instanceof errors.JWTExpired
          ? "the token has expired: renew it with POST /api/v1/guests/renewal"
          : "the token is not valid: get one with POST /api/v1/guests";
      throw new Refusal("unauthorized", detail, { cause });
    }
  }
}

function accessOf(payload: JWTPayload): AccessClaims {
  if (isAccessClaims(payload)) return payload;
  throw new Refusal("unauthorized", "that token gives no access: get one with POST /api/v1/guests");
}
