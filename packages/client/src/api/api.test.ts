import { VirtualClock } from "@rostra/testkit";
import { newSpaceId, newUserId, problem } from "@rostra/wire";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { RostraApi } from "./api.ts";
import { asIdentity, type TokenStorage } from "./identity.ts";
import { asSpace } from "./space.ts";

const ORIGIN = "https://example.org";
const START_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
const USER_ID = newUserId();
const SPACE_ID = newSpaceId();

const SPACE = {
  id: SPACE_ID,
  url: `${ORIGIN}/s/${SPACE_ID}`,
  title: "Bridges",
  topics: ["rivers"],
  state: "backstage",
  record: false,
  epoch: "2026-01-01T00:00:00.000Z",
  startsAt: null,
  liveAt: null,
  endedAt: null,
  host: { id: USER_ID, displayName: "Ada" },
  stage: [{ id: USER_ID, displayName: "Ada", role: "host", muted: false, connected: true }],
  listeners: { now: 0, peak: 0 },
  links: { page: `${ORIGIN}/s/${SPACE_ID}` },
};

interface Call {
  readonly method: string;
  readonly path: string;
  readonly token: string | null;
  readonly body: unknown;
}

let clock: VirtualClock;
let calls: Call[];
/** Answers in the order of the calls; the last one stays. */
let answers: (() => Promise<Response>)[];
let stored: string | null;
let storage: TokenStorage;

function json(status: number, body: unknown, headers: Record<string, string> = {}) {
  return async () => new Response(JSON.stringify(body), { status, headers });
}

function identity(token: string, validMs: number, displayName = "Ada") {
  const expiresAt = new Date(clock.nowMs() + validMs).toISOString();
  return { token, expiresAt, user: { id: USER_ID, displayName } };
}

function newApi(): RostraApi {
  const fakeFetch: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    calls.push({
      method: init?.method ?? "GET",
      path: String(input).slice(ORIGIN.length),
      token: headers.get("authorization")?.replace("Bearer ", "") ?? null,
      body: typeof init?.body === "string" ? JSON.parse(init.body) : undefined,
    });
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    const gone = new Promise<never>((_, reject) => {
      init?.signal?.addEventListener("abort", () =>
        reject(new DOMException("aborted", "AbortError")),
      );
    });
    return Promise.race([answer(), gone]);
  };
  return new RostraApi(
    { baseUrl: ORIGIN, storage },
    { clock, random: () => 0.5, fetch: fakeFetch },
  );
}

/** Lets a call go through its waits. */
async function finish<T>(call: Promise<T>): Promise<T> {
  call.catch(() => {});
  await clock.advanceSettling(60_000, 500);
  return call;
}

beforeEach(() => {
  clock = new VirtualClock(START_MS);
  calls = [];
  answers = [];
  stored = null;
  storage = {
    load: () => stored,
    save: (text) => {
      stored = text;
    },
  };
});

describe("RostraApi: who we are", () => {
  it("becomes a guest once and remembers it", async () => {
    answers = [json(201, identity("t1", 2 * HOUR_MS))];
    const first = await newApi().ensureGuest("Ada");
    const again = await newApi().ensureGuest("Ada");
    expect(again).toEqual(first);
    expect(calls).toEqual([
      { method: "POST", path: "/api/v1/guests", token: null, body: { displayName: "Ada" } },
    ]);
  });

  it("renews a token well before its end, once for all calls that wait", async () => {
    answers = [json(201, identity("t1", 2 * HOUR_MS))];
    const api = newApi();
    await api.guest("Ada");
    clock.advance(1.5 * HOUR_MS);
    answers = [json(201, identity("t2", 2 * HOUR_MS))];
    const tokens = await Promise.all([api.token(), api.token()]);
    expect(tokens).toEqual(["t2", "t2"]);
    expect(calls.slice(1)).toEqual([
      { method: "POST", path: "/api/v1/guests/renewal", token: "t1", body: undefined },
    ]);
  });

  it("goes on with a valid token while control is away", async () => {
    answers = [json(201, identity("t1", 2 * HOUR_MS))];
    const api = newApi();
    await api.guest("Ada");
    clock.advance(1.5 * HOUR_MS);
    answers = [json(503, problem("unavailable", "later"))];
    expect(await api.token()).toBe("t1");
  });

  it("forgets an identity that the server doesn't know any more", async () => {
    answers = [json(201, identity("t1", 2 * HOUR_MS))];
    const api = newApi();
    await api.guest("Ada");
    clock.advance(3 * HOUR_MS);
    answers = [json(401, problem("unauthorized", "the token isn't valid"))];
    await expect(api.token()).rejects.toMatchObject({ code: "unauthorized" });
    expect(api.identity.value).toBeNull();
    expect(stored).toBeNull();
    await expect(api.token()).rejects.toMatchObject({ code: "no-identity" });
  });

  it("becomes somebody new where it was forgotten", async () => {
    answers = [json(201, identity("t1", HOUR_MS / 2))];
    const api = newApi();
    await api.guest("Ada");
    answers = [
      json(401, problem("unauthorized", "the token isn't valid")),
      json(201, identity("t9", 2 * HOUR_MS)),
    ];
    expect((await api.ensureGuest("Ada")).token).toBe("t9");
  });

  it("starts without an identity where what was kept makes no sense", () => {
    stored = '{"token":7}';
    expect(newApi().identity.value).toBeNull();
    stored = "not json";
    expect(newApi().identity.value).toBeNull();
  });
});

describe("RostraApi: calls", () => {
  async function guestApi(): Promise<RostraApi> {
    answers = [json(201, identity("t1", 2 * HOUR_MS))];
    const api = newApi();
    await api.guest("Ada");
    calls = [];
    return api;
  }

  it("speaks for the guest", async () => {
    const api = await guestApi();
    answers = [json(200, SPACE)];
    await api.setMuted(SPACE_ID, USER_ID, true);
    expect(calls).toEqual([
      {
        method: "PATCH",
        path: `/api/v1/spaces/${SPACE_ID}/stage/${USER_ID}`,
        token: "t1",
        body: { muted: true },
      },
    ]);
  });

  it("takes an answer without a body", async () => {
    const api = await guestApi();
    answers = [async () => new Response(null, { status: 204 })];
    await expect(api.removeFromStage(SPACE_ID, USER_ID)).resolves.toBeUndefined();
  });

  it("hands on what a refusal says", async () => {
    answers = [json(404, problem("not-found", "there is no such space"))];
    await expect(newApi().space(SPACE_ID)).rejects.toMatchObject({
      code: "not-found",
      status: 404,
      detail: "there is no such space",
      retryAfterMs: null,
    });
    expect(calls).toHaveLength(1);
  });

  it("tries reads again, three times at most", async () => {
    answers = [json(503, problem("unavailable", "later"), { "retry-after": "1" })];
    await expect(finish(newApi().space(SPACE_ID))).rejects.toMatchObject({
      code: "unavailable",
      retryAfterMs: 1_000,
    });
    expect(calls).toHaveLength(3);
  });

  it("is content when the second try succeeds", async () => {
    answers = [
      async () => {
        throw new TypeError("network");
      },
      json(200, { spaces: [SPACE] }),
    ];
    expect(await finish(newApi().listSpaces())).toHaveLength(1);
  });

  it("never does a write twice", async () => {
    const api = await guestApi();
    answers = [
      async () => {
        throw new TypeError("network");
      },
    ];
    await expect(finish(api.createSpace({ title: "Bridges" }))).rejects.toMatchObject({
      code: "unreachable",
    });
    expect(calls).toHaveLength(1);
  });

  it("gives up on a server that doesn't answer", async () => {
    const api = await guestApi();
    answers = [() => new Promise(() => {})];
    await expect(finish(api.end(SPACE_ID))).rejects.toMatchObject({ code: "timeout" });
  });

  it("leaves a long wait to the person", async () => {
    answers = [json(429, problem("too-many", "slow down"), { "retry-after": "60" })];
    await expect(newApi().listSpaces()).rejects.toMatchObject({ retryAfterMs: 60_000 });
    expect(calls).toHaveLength(1);
  });

  it("refuses an answer that isn't what was asked for", async () => {
    answers = [json(200, { hello: 1 })];
    await expect(newApi().space(SPACE_ID)).rejects.toMatchObject({ code: "bad-answer" });
  });
});

describe("parsers of the API's answers", () => {
  it("take a space or refuse in one way, whatever they are given", () => {
    const mangled = fc
      .tuple(fc.constantFrom(...Object.keys(SPACE)), fc.jsonValue())
      .map(([key, value]) => ({ ...SPACE, [key]: value }));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), mangled), (value) => {
        try {
          expect(asSpace(value).id).toMatch(/^[0-9a-z]{16}$/);
        } catch (error) {
          expect(error).toMatchObject({ code: "bad-answer" });
        }
      }),
    );
  });

  it("take an identity or nothing", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(asIdentity(value)).toBeUndefined();
      }),
    );
  });
});
