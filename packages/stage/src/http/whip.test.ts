import { createHmac } from "node:crypto";
import { testMember, testSpace } from "@rostra/testkit";
import { newSpaceId, newUserId, type ProblemDetails, STATE_KEYS, type UserId } from "@rostra/wire";
import type { FastifyInstance, InjectOptions } from "fastify";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { testOffer } from "../../test/support/offers.ts";
import { SessionWorld } from "../../test/support/session-world.ts";
import { Admission } from "./admission.ts";
import { buildHttp } from "./server.ts";
import { StageSockets } from "./socket/stage-sockets.ts";
import { TokenVerifier } from "./token-verifier.ts";
import type { TurnSettings } from "./turn.ts";
import { Turns } from "./turns.ts";

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

function httpOf(from: SessionWorld, turn: TurnSettings | null = null): FastifyInstance {
  const { clock, sessions, programs, spaces } = from;
  const tokens = new TokenVerifier(from.relay);
  // The clock stands still here, so one frame must do for all.
  const turns = new Turns({ clock, unitsPerFrame: 10_000 });
  const admission = new Admission({ stageName: "stage-1", tokens, spaces, clock, turns });
  return buildHttp({
    admission,
    sockets: new StageSockets({ admission, sessions, programs, spaces, clock }),
    clock,
    turn,
    sessions,
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

  test("takes no trickled candidates and no ICE restart: 501, as RFC 9725 wants", async () => {
    const url = await opened();
    const patch = (bearer: string) =>
      app.inject({
        method: "PATCH",
        url,
        headers: {
          "content-type": "application/trickle-ice-sdpfrag",
          authorization: `Bearer ${bearer}`,
          "if-match": "*",
        },
        payload: "a=candidate:1",
      });
    const response = await patch(await token());
    expect(response.statusCode).toBe(501);
    expect(problemOf(response)).toBe("not-implemented");
    expect((await patch(await token(newUserId()))).statusCode).toBe(404);
    expect(world.transport.peers[0]?.isClosed).toBe(false);
  });

  test("that another page replaced is not continued", async () => {
    const connect = async (query = "") => {
      const response = await offer({ url: `${PATH}${query}` });
      if (response.statusCode === 201) world.transport.peers.at(-1)!.handlers.onState("connected");
      return response;
    };
    const phone = String((await connect()).headers.location)
      .split("/")
      .at(-1)!;
    world.transport.peers[0]!.handlers.onState("disconnected");
    await connect();
    const again = await connect(`?continues=${phone}`);
    expect([again.statusCode, problemOf(again)]).toEqual([409, "replaced"]);
    const odd = await connect("?continues=a/b");
    expect([odd.statusCode, problemOf(odd)]).toEqual([400, "bad-request"]);
  });
});

test("a flood of offers by one member is put off, and by then costs nothing", async () => {
  const bearer = await token();
  const statuses: number[] = [];
  for (let i = 0; i < 40; i += 1) statuses.push((await offer({ bearer })).statusCode);
  expect(statuses.filter((status) => status === 201)).toHaveLength(20);
  expect(statuses.slice(20).every((status) => status === 429)).toBe(true);
  world.clock.advance(2_000);
  expect((await offer({ bearer })).statusCode).toBe(201);
});

describe("TURN servers", () => {
  const TURN: TurnSettings = {
    urls: ["turn:turn.example.org:3478", "turns:turn.example.org:443?transport=tcp"],
    secret: "north",
  };
  beforeEach(() => {
    app = httpOf(world, TURN);
  });

  test("are told to a member, with credentials that coturn can check", async () => {
    const headers = { authorization: `Bearer ${await token()}` };
    const asked = await app.inject({ method: "OPTIONS", url: PATH, headers });
    const posted = await offer();
    for (const response of [asked, posted]) {
      const links = response.headers["link"] as unknown as string[];
      expect(links).toHaveLength(2);
      const [, url, username, credential] =
        /^<(.+)>; rel="ice-server"; username="(.+)"; credential="(.+)"; credential-type="password"$/.exec(
          links[0]!,
        )!;
      expect(url).toBe(TURN.urls[0]);
      expect(username).toBe(`${world.clock.nowMs() / 1000 + 86_400}:${ADA}`);
      expect(credential).toBe(createHmac("sha1", TURN.secret).update(username!).digest("base64"));
    }
  });

  test("are told to nobody else", async () => {
    const preflight = await app.inject({ method: "OPTIONS", url: PATH });
    expect([preflight.statusCode, preflight.headers.link]).toEqual([204, undefined]);
    const headers = { authorization: `Bearer ${await token(newUserId())}` };
    const stranger = await app.inject({ method: "OPTIONS", url: PATH, headers });
    expect([stranger.statusCode, stranger.headers.link]).toEqual([403, undefined]);
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
