import { testMember, testSpace } from "@rostra/testkit";
import { newSpaceId, newUserId, type ProblemDetails, STATE_KEYS, type UserId } from "@rostra/wire";
import type { FastifyInstance, InjectOptions } from "fastify";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { testOffer } from "../../test/support/offers.ts";
import { SessionWorld } from "../../test/support/session-world.ts";
import { buildHttp } from "./server.ts";
import { TokenVerifier } from "./token-verifier.ts";

const ADA = newUserId();
const SNAPSHOT = testSpace({ members: [testMember(ADA)] });
const PATH = `/api/v1/spaces/${SNAPSHOT.id}/whip`;
const KEYS = await generateKeyPair("EdDSA", { extractable: true });

let world: SessionWorld;
let app: FastifyInstance;

beforeEach(async () => {
  world = await SessionWorld.open();
  world.spaces.set(SNAPSHOT.id, SNAPSHOT);
  world.relays.join().put(STATE_KEYS.verificationKey, await exportJWK(KEYS.publicKey));
  app = httpOf(world);
});

afterEach(async () => {
  await app.close();
  await world.close();
});

function httpOf(from: SessionWorld): FastifyInstance {
  return buildHttp({
    stageName: "stage-1",
    tokens: new TokenVerifier(from.relay),
    sessions: from.sessions,
    spaces: from.spaces,
    log: pino({ level: "silent" }),
    registry: from.registry,
  });
}

interface TokenChange {
  readonly claims?: Record<string, unknown>;
  readonly issuer?: string;
  readonly expires?: string | number;
  readonly key?: typeof KEYS.privateKey;
}

async function token(userId: UserId = ADA, change: TokenChange = {}): Promise<string> {
  const { claims = {}, issuer = "rostra", expires = "1h", key = KEYS.privateKey } = change;
  return new SignJWT({ use: "access", name: "Ada", ...claims })
    .setProtectedHeader({ alg: "EdDSA" })
    .setSubject(userId)
    .setIssuer(issuer)
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(key);
}

async function offer(change: Partial<InjectOptions> & { bearer?: string } = {}) {
  const { bearer = await token(), headers, ...rest } = change;
  return app.inject({
    method: "POST",
    url: PATH,
    headers: { "content-type": "application/sdp", authorization: `Bearer ${bearer}`, ...headers },
    payload: testOffer(),
    ...rest,
  });
}

function problemOf(response: { headers: Record<string, unknown>; json(): unknown }): string {
  expect(response.headers["content-type"]).toContain("application/problem+json");
  const body = response.json() as ProblemDetails;
  expect(body.detail).toMatch(/^[^\n]{5,200}$/);
  return body.type.replace("urn:rostra:problem:", "");
}

describe("a WHIP offer", () => {
  test("is answered with the whole SDP and the session's address", async () => {
    const response = await offer();
    expect(response.statusCode).toBe(201);
    expect(response.headers["content-type"]).toContain("application/sdp");
    expect(response.headers.location).toMatch(new RegExp(`^${PATH}/[\\w-]{22}$`));
    expect(response.headers.etag).toMatch(/^"[\w-]{22}"$/);
    expect(response.body).toBe("v=0\r\n");
  });

  test("may say its charset", async () => {
    const headers = { "content-type": "application/sdp; charset=utf-8" };
    expect((await offer({ headers })).statusCode).toBe(201);
  });

  test.each([
    ["no token", async () => ({ headers: { authorization: "" } }), 401, "unauthorized"],
    [
      "another scheme",
      async () => ({ headers: { authorization: "Basic YTpi" } }),
      401,
      "unauthorized",
    ],
    ["garbage for a token", async () => ({ bearer: "a.b.c" }), 401, "unauthorized"],
    [
      "another issuer's token",
      async () => ({ bearer: await token(ADA, { issuer: "else" }) }),
      401,
      "unauthorized",
    ],
    [
      "an expired token",
      async () => ({ bearer: await token(ADA, { expires: 1_000 }) }),
      401,
      "unauthorized",
    ],
    [
      "an invitation for a token",
      async () => ({ bearer: await token(ADA, { claims: { use: "invitation" } }) }),
      401,
      "unauthorized",
    ],
    [
      "a token signed by somebody else",
      async () => ({
        bearer: await token(ADA, { key: (await generateKeyPair("EdDSA")).privateKey }),
      }),
      401,
      "unauthorized",
    ],
    [
      "a token of somebody who isn't on stage",
      async () => ({ bearer: await token(newUserId()) }),
      403,
      "not-on-stage",
    ],
    [
      "an unknown space",
      async () => ({ url: `/api/v1/spaces/${newSpaceId()}/whip` }),
      404,
      "not-found",
    ],
    ["no id of a space", async () => ({ url: "/api/v1/spaces/__proto__/whip" }), 404, "not-found"],
    [
      "JSON",
      async () => ({ headers: { "content-type": "application/json" }, payload: "{}" }),
      415,
      "unsupported-media-type",
    ],
    [
      "broken JSON",
      async () => ({ headers: { "content-type": "application/json" }, payload: "{" }),
      415,
      "unsupported-media-type",
    ],
    [
      "another media type",
      async () => ({ headers: { "content-type": "text/plain" } }),
      415,
      "unsupported-media-type",
    ],
    ["an oversize body", async () => ({ payload: "a".repeat(70_000) }), 413, "too-large"],
    ["garbage for an offer", async () => ({ payload: "garbage" }), 422, "bad-sdp"],
    ["an empty offer", async () => ({ payload: "" }), 422, "bad-sdp"],
    [
      "an offer without Opus",
      async () => ({ payload: testOffer({ without: ["a=rtpmap"] }) }),
      422,
      "bad-sdp",
    ],
  ])("with %s is refused", async (_name, change, status, code) => {
    const response = await offer(await change());
    expect(response.statusCode).toBe(status);
    expect(problemOf(response)).toBe(code);
    expect(world.transport.peers).toEqual([]);
  });

  test.each([
    ["ended", { state: "ended" }, 410, "ended"],
    ["scheduled", { state: "scheduled" }, 409, "conflict"],
    ["on another stage", { stageName: "stage-2" }, 503, "unavailable"],
  ] as const)("to a space that is %s is refused", async (_name, change, status, code) => {
    world.spaces.set(SNAPSHOT.id, { ...SNAPSHOT, ...change });
    const response = await offer();
    expect(response.statusCode).toBe(status);
    expect(problemOf(response)).toBe(code);
  });

  test("is put off while no key to check tokens has been seen", async () => {
    const fresh = await SessionWorld.open();
    fresh.spaces.set(SNAPSHOT.id, SNAPSHOT);
    await app.close();
    app = httpOf(fresh);
    const response = await offer();
    expect(response.statusCode).toBe(503);
    expect(response.headers["retry-after"]).toBe("1");
    await fresh.close();
  });

  test("that the transport can't answer is put off", async () => {
    world.transport.failNext();
    const response = await offer();
    expect(response.statusCode).toBe(503);
    expect(problemOf(response)).toBe("unavailable");
  });

  test("of a member who is removed meanwhile is refused as of one who isn't on stage", async () => {
    world.transport.onAccept = () =>
      void world.spaces.set(SNAPSHOT.id, { ...SNAPSHOT, members: [] });
    const response = await offer();
    expect(response.statusCode).toBe(403);
    expect(world.transport.peers[0]?.isClosed).toBe(true);
  });
});

describe("a WHIP session", () => {
  async function opened(): Promise<string> {
    return String((await offer()).headers.location);
  }

  test("is left with DELETE", async () => {
    const url = await opened();
    const headers = { authorization: `Bearer ${await token()}` };
    expect((await app.inject({ method: "DELETE", url, headers })).statusCode).toBe(200);
    expect(world.transport.peers[0]?.isClosed).toBe(true);
    const again = await app.inject({ method: "DELETE", url, headers });
    expect(again.statusCode).toBe(404);
  });

  test("can't be ended by others, nor without a token", async () => {
    const url = await opened();
    const headers = { authorization: `Bearer ${await token(newUserId())}` };
    expect((await app.inject({ method: "DELETE", url, headers })).statusCode).toBe(404);
    expect((await app.inject({ method: "DELETE", url })).statusCode).toBe(401);
    expect(world.transport.peers[0]?.isClosed).toBe(false);
  });

  test("takes no trickled candidates, and says what it takes", async () => {
    const response = await app.inject({
      method: "PATCH",
      url: await opened(),
      headers: { "content-type": "application/trickle-ice-sdpfrag" },
      payload: "a=candidate:1",
    });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe("DELETE, OPTIONS");
    expect(problemOf(response)).toBe("method-not-allowed");
  });
});

test("OPTIONS tells what may be posted, to pages of other origins too", async () => {
  const response = await app.inject({ method: "OPTIONS", url: PATH });
  expect(response.statusCode).toBe(204);
  expect(response.headers["accept-post"]).toBe("application/sdp");
  expect(response.headers["access-control-allow-origin"]).toBe("*");
});

test("other methods and addresses are refused with problem details", async () => {
  const get = await app.inject({ method: "GET", url: PATH });
  expect([get.statusCode, problemOf(get)]).toEqual([405, "method-not-allowed"]);
  const lost = await app.inject({ method: "GET", url: "/nowhere" });
  expect([lost.statusCode, problemOf(lost)]).toEqual([404, "not-found"]);
});

test("health and metrics are served", async () => {
  expect((await app.inject({ url: "/healthz" })).json()).toEqual({ status: "ok" });
  expect((await app.inject({ url: "/metrics" })).body).toContain("rostra_stage_frames_total 0");
});
