import { VirtualClock } from "@rostra/testkit";
import { newSpaceId, newUserId, TOKEN_ISSUER } from "@rostra/wire";
import fc from "fast-check";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { Refusal } from "../errors.ts";
import type { SigningKey } from "./signing-key.ts";
import { ACCESS_VALID_MS, INVITATION_VALID_MS, RENEWABLE_MS, Tokens } from "./tokens.ts";

const SUB = newUserId();
const ANN = { sub: SUB, name: "Ann" };

async function newKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  const { x } = await exportJWK(publicKey);
  const jwk = { kty: "OKP", crv: "Ed25519", x: x! } as const;
  const kid = await calculateJwkThumbprint(jwk);
  return { privateKey, publicKey, verificationKey: { ...jwk, alg: "EdDSA", kid } };
}

let clock: VirtualClock;
let key: SigningKey;
let tokens: Tokens;

beforeEach(async () => {
  clock = new VirtualClock();
  key = await newKey();
  tokens = new Tokens(key, clock);
});

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Refusal);
  expect((error as Refusal).message).not.toContain("\n");
  return (error as Refusal).code;
}

describe("an access token", () => {
  it("says who holds it, until it ends", async () => {
    const { token, expiresAtMs } = await tokens.issueAccess(ANN);
    expect(expiresAtMs).toBe(clock.nowMs() + ACCESS_VALID_MS);
    expect(await tokens.readAccess(token)).toMatchObject({ use: "access", ...ANN });
    clock.advance(ACCESS_VALID_MS);
    expect(await codeOf(tokens.readAccess(token))).toBe("unauthorized");
  });

  it("can be renewed long after it ended, but not for ever", async () => {
    const { token } = await tokens.issueAccess(ANN);
    clock.advance(ACCESS_VALID_MS + 366 * 24 * 3_600_000);
    expect(await tokens.readRenewable(token)).toMatchObject(ANN);
    clock.advance(RENEWABLE_MS);
    expect(await codeOf(tokens.readRenewable(token))).toBe("unauthorized");
  });

  it("is refused when another key signed it", async () => {
    const forged = await new Tokens(await newKey(), clock).issueAccess(ANN);
    expect(await codeOf(tokens.readAccess(forged.token))).toBe("unauthorized");
    expect(await codeOf(tokens.readRenewable(forged.token))).toBe("unauthorized");
  });

  it("is refused when nothing signed it", async () => {
    const unsigned = new UnsecuredJWT({ use: "access", ...ANN })
      .setIssuer(TOKEN_ISSUER)
      .setIssuedAt()
      .setExpirationTime(new Date(clock.nowMs() + 60_000))
      .encode();
    expect(await codeOf(tokens.readAccess(unsigned))).toBe("unauthorized");
  });

  it("is refused when the public key was used as a shared secret", async () => {
    const secret = new TextEncoder().encode(key.verificationKey.x);
    const confused = await new SignJWT({ use: "access", ...ANN })
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer(TOKEN_ISSUER)
      .setIssuedAt()
      .setExpirationTime(new Date(clock.nowMs() + 60_000))
      .sign(secret);
    expect(await codeOf(tokens.readAccess(confused))).toBe("unauthorized");
  });

  it.each([
    ["has no end", { iss: TOKEN_ISSUER, iat: 1 }],
    ["has another issuer", { iss: "somebody", iat: 1, exp: 4e9 }],
    ["names nobody", { iss: TOKEN_ISSUER, iat: 1, exp: 4e9, sub: "me" }],
    ["is for something else", { iss: TOKEN_ISSUER, iat: 1, exp: 4e9, use: "invitation" }],
  ])("is refused when it %s", async (_what, claims) => {
    const odd = await new SignJWT({ use: "access", ...ANN, ...claims })
      .setProtectedHeader({ alg: "EdDSA" })
      .sign(key.privateKey);
    expect(await codeOf(tokens.readAccess(odd))).toBe("unauthorized");
  });

  it("is refused with any one character changed", async () => {
    const { token } = await tokens.issueAccess(ANN);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 2),
        fc.constantFrom("A", "z", ".", "-"),
        async (at, c) => {
          fc.pre(token[at] !== c);
          const changed = token.slice(0, at) + c + token.slice(at + 1);
          expect(await codeOf(tokens.readAccess(changed))).toBe("unauthorized");
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("an invitation", () => {
  it("says where to and as what, for a day", async () => {
    const space = newSpaceId();
    const { token } = await tokens.issueInvitation({ space, role: "speaker" });
    expect(await tokens.readInvitation(token)).toMatchObject({ space, role: "speaker" });
    clock.advance(INVITATION_VALID_MS);
    expect(await codeOf(tokens.readInvitation(token))).toBe("forbidden");
  });

  it("gives no access, and an access token invites nobody", async () => {
    const invitation = await tokens.issueInvitation({ space: newSpaceId(), role: "cohost" });
    const access = await tokens.issueAccess(ANN);
    expect(await codeOf(tokens.readAccess(invitation.token))).toBe("unauthorized");
    expect(await codeOf(tokens.readRenewable(invitation.token))).toBe("unauthorized");
    expect(await codeOf(tokens.readInvitation(access.token))).toBe("forbidden");
    expect(await codeOf(tokens.readInvitation("not.a.token"))).toBe("forbidden");
  });
});
