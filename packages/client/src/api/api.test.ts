import { VirtualClock } from "@rostra/testkit";
import { DEFAULT_SETTINGS, newSpaceId, newUserId, problem } from "@rostra/wire";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { RostraApi } from "./api.ts";
import { asIdentity, KeptIdentity, type TokenStorage } from "./identity.ts";
import { asBlockedPeople, asHands, asMe, asPosition } from "./people.ts";
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
  airsAt: null,
  endsAt: null,
  settings: DEFAULT_SETTINGS,
  invited: [{ id: newUserId(), role: "speaker" }],
  inCharge: USER_ID,
  hands: { open: true, count: 0 },
  host: { id: USER_ID, displayName: "Ada" },
  stage: [
    {
      id: USER_ID,
      displayName: "Ada",
      role: "host",
      muted: false,
      micLocked: false,
      channel: "air",
      connected: true,
    },
  ],
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
    { baseUrl: ORIGIN, identity: new KeptIdentity(storage) },
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

  const OTHER = newUserId();
  const stage = `/stage/${OTHER}`;
  it.each<[string, (api: RostraApi) => Promise<unknown>, string, string, unknown?]>([
    [
      "settings",
      (api) => api.updateSpace(SPACE_ID, { settings: { handsOpen: false } }),
      "PATCH",
      "",
      { settings: { handsOpen: false } },
    ],
    ["live", (api) => api.goLive(SPACE_ID), "POST", "/live"],
    ["a countdown", (api) => api.goLive(SPACE_ID, 10), "POST", "/live", { inSeconds: 10 }],
    ["no countdown", (api) => api.cancelCountdown(SPACE_ID), "DELETE", "/live"],
    [
      "an invitation by name",
      (api) => api.inviteByName(SPACE_ID, OTHER),
      "POST",
      "/invitations",
      { role: "speaker", userId: OTHER },
    ],
    ["yes", (api) => api.acceptInvitation(SPACE_ID), "POST", "/stage"],
    ["a link", (api) => api.stepOnStage(SPACE_ID, "x"), "POST", "/stage", { invitation: "x" }],
    [
      "a lock",
      (api) => api.setMicLocked(SPACE_ID, OTHER, true),
      "PATCH",
      stage,
      { micLocked: true },
    ],
    ["a role", (api) => api.setRole(SPACE_ID, OTHER, "cohost"), "PATCH", stage, { role: "cohost" }],
    [
      "a channel",
      (api) => api.setChannel(SPACE_ID, OTHER, "backstage"),
      "PATCH",
      stage,
      { channel: "backstage" },
    ],
    ["silence", (api) => api.muteAll(SPACE_ID, [OTHER]), "POST", "/mute-all", { except: [OTHER] }],
    ["a host", (api) => api.handOver(SPACE_ID, OTHER), "POST", "/host", { userId: OTHER }],
  ])("asks for %s", async (_what, call, method, rest, body) => {
    const api = await guestApi();
    answers = [json(200, SPACE)];
    expect(await call(api)).toMatchObject({ id: SPACE_ID });
    const path = `/api/v1/spaces/${SPACE_ID}${rest}`;
    expect(calls).toEqual([{ method, path, token: "t1", body }]);
  });

  it.each<[string, (api: RostraApi) => Promise<void>, string, string]>([
    ["a hand down", (api) => api.lowerHand(SPACE_ID), "DELETE", `/spaces/${SPACE_ID}/hand`],
    [
      "another's hand down",
      (api) => api.lowerHandOf(SPACE_ID, OTHER),
      "DELETE",
      `/spaces/${SPACE_ID}/hands/${OTHER}`,
    ],
    ["all hands down", (api) => api.lowerAllHands(SPACE_ID), "DELETE", `/spaces/${SPACE_ID}/hands`],
    [
      "no",
      (api) => api.declineInvitation(SPACE_ID),
      "DELETE",
      `/spaces/${SPACE_ID}/invitations/${USER_ID}`,
    ],
    ["a block", (api) => api.block(SPACE_ID, OTHER), "PUT", `/spaces/${SPACE_ID}/blocks/${OTHER}`],
    [
      "no block",
      (api) => api.unblock(SPACE_ID, OTHER),
      "DELETE",
      `/spaces/${SPACE_ID}/blocks/${OTHER}`,
    ],
    [
      "a name to be shown again",
      (api) => api.showName(SPACE_ID, OTHER),
      "DELETE",
      `/spaces/${SPACE_ID}/hidden-names/${OTHER}`,
    ],
    ["a block of one's own", (api) => api.blockPerson(OTHER), "PUT", `/blocks/${OTHER}`],
    ["no block of one's own", (api) => api.unblockPerson(OTHER), "DELETE", `/blocks/${OTHER}`],
  ])("asks for %s, and is answered nothing", async (_what, call, method, path) => {
    const api = await guestApi();
    answers = [async () => new Response(null, { status: 204 })];
    await call(api);
    expect(calls).toEqual([{ method, path: `/api/v1${path}`, token: "t1", body: undefined }]);
  });

  it("hides a name, and says which", async () => {
    const api = await guestApi();
    answers = [async () => new Response(null, { status: 204 })];
    await api.hideName(SPACE_ID, OTHER, "Rude");
    const path = `/api/v1/spaces/${SPACE_ID}/hidden-names/${OTHER}`;
    expect(calls).toEqual([{ method: "PUT", path, token: "t1", body: { displayName: "Rude" } }]);
  });

  it("reads the queue, places in it, lists of blocked people and who we are", async () => {
    const api = await guestApi();
    const hand = { id: OTHER, displayName: "Ben", raisedAt: "2026-01-01T00:00:00.000Z" };
    answers = [json(200, { position: 3 })];
    expect(await api.raiseHand(SPACE_ID)).toBe(3);
    answers = [json(200, { open: true, hands: [hand] })];
    expect(await api.hands(SPACE_ID)).toEqual({ open: true, hands: [hand] });
    expect((await api.orderHands(SPACE_ID, [OTHER])).hands).toEqual([hand]);
    expect(calls.at(-1)?.body).toEqual({ order: [OTHER] });
    answers = [json(200, { role: null, hand: 1, invited: "cohost", blocked: false })];
    expect(await api.me(SPACE_ID)).toEqual({
      role: null,
      hand: 1,
      invited: "cohost",
      blocked: false,
    });
    answers = [json(200, { users: [{ id: OTHER }] })];
    expect(await api.blocked(SPACE_ID)).toEqual([{ id: OTHER }]);
    expect(await api.blockedByMe()).toEqual([{ id: OTHER }]);
    expect(await api.hiddenNames(SPACE_ID)).toEqual([{ id: OTHER }]);
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

  it("take hands, places, people and who we are, or refuse in one way", () => {
    const words = fc.constantFrom("open", "hands", "users", "role", "hand", "blocked", "position");
    const value = fc.oneof(fc.jsonValue(), fc.dictionary(words, fc.jsonValue()));
    fc.assert(
      fc.property(value, fc.constantFrom(asHands, asMe, asPosition, asBlockedPeople), (it, as) => {
        try {
          as(it);
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
