import { connect } from "node:net";
import { LIMITS, newSpaceId, newUserId, PROBLEM_MEDIA_TYPE } from "@rostra/wire";
import fc from "fast-check";
import { UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, ControlWorld, type Person } from "./control-world.ts";

const MINUTE_MS = 60_000;
const world = await ControlWorld.begin({
  rateLimits: {
    guests: { max: 5, windowMs: MINUTE_MS },
    spaces: { max: 3, windowMs: MINUTE_MS },
    hands: { max: 6, windowMs: MINUTE_MS },
    changes: { max: 40, windowMs: MINUTE_MS },
    calls: { max: 500, windowMs: MINUTE_MS },
  },
});
let ann: Person;
let spaceId: string;

beforeAll(async () => {
  await world.start();
  ann = await world.guest("Ann");
  spaceId = await world.open(ann);
});

afterAll(() => world.stop());

/** A different address for each test, so that none uses up another's limit. */
let lastHost = 0;
function fromElsewhere(): Record<string, string> {
  lastHost += 1;
  return { "x-forwarded-for": `192.0.2.${lastHost}` };
}

function expectProblem(answer: Answer, status: number, detail: string | RegExp): void {
  expect([answer.status, answer.body?.detail]).toEqual([
    status,
    typeof detail === "string" ? detail : expect.stringMatching(detail),
  ]);
  expect(answer.headers.get("content-type")).toContain(PROBLEM_MEDIA_TYPE);
  expect(Object.keys(answer.body).sort()).toEqual(["detail", "status", "title", "type"]);
  expect(answer.body.status).toBe(status);
  expect(answer.body.type).toMatch(/^urn:rostra:problem:[a-z-]+$/);
  expect(answer.body.detail).not.toMatch(/[\p{Cc}]/u);
  expect(answer.text).not.toContain("node_modules");
}

describe("a body that isn't what it should be", () => {
  it.each<[string, unknown, number, string | RegExp]>([
    ["nothing", undefined, 400, "body: must be an object"],
    ["not JSON", "{", 400, "the body is not valid JSON"],
    ["an array", [], 400, "body: must be an object"],
    ["null", "null", 400, "body: must be an object"],
    ["a prototype", '{"__proto__":{"x":1},"displayName":"a"}', 400, "the body is not valid JSON"],
    ["no name", {}, 400, "displayName: is missing"],
    ["an empty name", { displayName: "" }, 400, "displayName: must not be empty"],
    ["a blank name", { displayName: " \t " }, 400, "displayName: must not be empty"],
    ["a number", { displayName: 7 }, 400, "displayName: must be a string"],
    [
      "a long name",
      { displayName: "é".repeat(51) },
      400,
      "displayName: must be at most 50 characters",
    ],
    [
      "a name that turns round",
      { displayName: "a\u202eb" },
      400,
      /must not hold control or direction/,
    ],
    ["more than asked for", { displayName: "a", admin: true }, 400, '"admin": is not known here'],
    [
      "a strange key",
      { displayName: "a", "x\n\u001b": 1 },
      400,
      '"x\\n\\u001b": is not known here',
    ],
    ["too much", { displayName: "a".repeat(LIMITS.jsonBodyBytes) }, 413, /at most 16 KiB/],
  ])("is refused: %s", async (_what, body, status, detail) => {
    const headers = { ...fromElsewhere(), "content-type": "application/json" };
    expectProblem(await world.call("POST", "/api/v1/guests", { body, headers }), status, detail);
  });

  it("counts characters as people do, not as UTF-16", async () => {
    const displayName = "👋".repeat(LIMITS.displayNameChars);
    const headers = fromElsewhere();
    const made = await world.call("POST", "/api/v1/guests", { body: { displayName }, headers });
    expect(made.status).toBe(201);
    const renewed = await world.call("POST", "/api/v1/guests/renewal", {
      as: made.body.token,
      headers,
    });
    expect(renewed.body.user.displayName).toBe(displayName);
  });

  it.each<[string, unknown, number, RegExp]>([
    [
      "too many topics",
      { title: "T", topics: ["1", "2", "3", "4", "5", "6"] },
      400,
      /^topics: must be at most 5$/,
    ],
    ["a topic twice", { title: "T", topics: ["a", " a"] }, 400, /^topics: must not repeat$/],
    ["an empty topic", { title: "T", topics: ["a", " "] }, 400, /^topics\.1: must not be empty$/],
    [
      "no real time",
      { title: "T", startsAt: "2026-02-30T00:00:00Z" },
      400,
      /^startsAt: must be a time/,
    ],
    [
      "a time long ago",
      { title: "T", startsAt: "2020-01-01T00:00:00Z" },
      400,
      /within the year ahead/,
    ],
    ["yes for true", { title: "T", record: "yes" }, 400, /^record: must be a boolean$/],
  ])("is refused for a space: %s", async (_what, body, status, detail) => {
    // Fresh people: the limit on new spaces counts attempts, too.
    const headers = fromElsewhere();
    const guest = await world.call("POST", "/api/v1/guests", {
      body: { displayName: "B" },
      headers,
    });
    const answer = await world.call("POST", "/api/v1/spaces", {
      as: guest.body.token,
      body,
      headers,
    });
    expectProblem(answer, status, detail);
  });

  it("is refused for an edit that says nothing, and for calls that take none", async () => {
    const path = `/api/v1/spaces/${spaceId}`;
    const nothing = await world.call("PATCH", path, { as: ann, body: {} });
    expectProblem(nothing, 400, "body: must say something to change");
    const something = await world.call("POST", `${path}/end`, { as: ann, body: { now: true } });
    expectProblem(something, 400, "body: this call takes none");
    expect(world.shown(spaceId)).toMatchObject({ revision: 1, state: "backstage" });
  });

  it("is refused by every call of the stage, before anybody's rights are looked at", async () => {
    const headers = fromElsewhere();
    const made = await world.call("POST", "/api/v1/guests", {
      body: { displayName: "B" },
      headers,
    });
    const someone = newUserId();
    const garbage: readonly (readonly [string, string, unknown])[] = [
      ["PATCH", "", { settings: { stageLimit: 51 } }],
      ["PATCH", "", { settings: { deadAirSeconds: -1 } }],
      ["PATCH", "", { settings: { sound: "noise" } }],
      ["PATCH", "", { settings: { handsopen: true } }],
      ["PATCH", "", { settings: {} }],
      ["POST", "/live", { inSeconds: 0 }],
      ["POST", "/live", { inSeconds: "5" }],
      ["POST", "/invitations", { role: "king", userId: someone }],
      ["POST", "/invitations", { role: "speaker", userId: "me" }],
      ["POST", "/stage", { invitation: 7 }],
      ["PATCH", `/stage/${someone}`, {}],
      ["PATCH", `/stage/${someone}`, { role: "host" }],
      ["PATCH", `/stage/${someone}`, { channel: "program" }],
      ["PATCH", `/stage/${someone}`, { muted: "no" }],
      ["POST", "/mute-all", { except: ["x"] }],
      ["POST", "/host", {}],
      ["PUT", "/hands", { order: [someone, someone] }],
      ["PUT", "/hand", { first: true }],
      ["PUT", `/blocks/${someone}`, { for: "ever" }],
    ];
    for (const [method, rest, body] of garbage) {
      const path = `/api/v1/spaces/${spaceId}${rest}`;
      const answer = await world.call(method, path, { as: made.body.token, body, headers });
      expectProblem(answer, 400, /^[^\n]+: [^\n]+$/);
    }
  });

  it("is refused in another media type", async () => {
    const headers = { ...fromElsewhere(), "content-type": "text/plain" };
    const answer = await world.call("POST", "/api/v1/guests", {
      body: '{"displayName":"a"}',
      headers,
    });
    expectProblem(answer, 415, "send the body as application/json");
  });

  it("never gets anything but an answer, whatever it is", async () => {
    const someone = fc.oneof(fc.json(), fc.string(), fc.string({ unit: "binary" }));
    await fc.assert(
      fc.asyncProperty(someone, async (body) => {
        const headers = { ...fromElsewhere(), "content-type": "application/json" };
        const answer = await world.call("POST", "/api/v1/guests", { body, headers });
        expectProblem(answer, 400, /./);
      }),
      { numRuns: 60 },
    );
  });
});

describe("an address that leads nowhere", () => {
  it.each<[string, string, number, string | RegExp]>([
    ["GET", "/api/v1/nothing", 404, "there is nothing at this address: see /api/openapi.json"],
    [
      "GET",
      `/api/v1/spaces/${newSpaceId()}`,
      404,
      "there is no space with that id: check the link",
    ],
    ["GET", "/api/v1/spaces/UPPER", 404, "nothing has an id of that form: check the link"],
    ["GET", `/api/v1/spaces/${"x".repeat(120)}`, 404, /./],
    ["GET", "/api/v1/spaces/%00", 404, /./],
    ["GET", "/api/v1/spaces/%ff", 400, /./],
    ["PUT", "/api/v1/spaces", 405, "this address takes GET, HEAD, POST"],
    ["GET", "/api/v1/guests", 405, "this address takes POST"],
    ["POST", "/api/openapi.json", 405, "this address takes GET, HEAD"],
  ])("%s %s is a problem", async (method, path, status, detail) => {
    const answer = await world.call(method, path);
    expectProblem(answer, status, detail);
    expect(answer.headers.has("allow")).toBe(status === 405);
  });

  it("is the same for changes to what doesn't exist", async () => {
    const nowhere = `/api/v1/spaces/${newSpaceId()}`;
    expectProblem(await world.call("POST", `${nowhere}/live`, { as: ann }), 404, /no space/);
    const stranger = `/api/v1/spaces/${spaceId}/stage/${newUserId()}`;
    expectProblem(await world.call("DELETE", stranger, { as: ann }), 404, /nobody with that id/);
  });

  it("is refused in one line where it isn't even HTTP", async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(world.url).port), "127.0.0.1");
      const chunks: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      socket.on("error", reject);
      socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
      socket.end("\u0000\u0001garbage\r\n\r\n");
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain("urn:rostra:problem:bad-request");
  });
});

describe("a token that isn't one", () => {
  it.each([
    ["none at all", undefined],
    ["another scheme", "Basic YTpi"],
    ["an empty one", "Bearer "],
    ["nonsense", "Bearer nonsense"],
    ["two", "Bearer a b"],
    ["one without end", `Bearer ${"a".repeat(8000)}`],
    ["one that nothing signed", `Bearer ${new UnsecuredJWT({ use: "access" }).encode()}`],
  ])("is refused: %s", async (_what, authorization) => {
    const headers = { ...fromElsewhere(), ...(authorization && { authorization }) };
    const answer = await world.call("POST", "/api/v1/spaces", { body: { title: "T" }, headers });
    expectProblem(answer, 401, /POST \/api\/v1\/guests/);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="rostra"');
  });

  it("is refused when it is an invitation, and an invitation when it is a token", async () => {
    const path = `/api/v1/spaces/${spaceId}`;
    const { body } = await world.call("POST", `${path}/invitations`, {
      as: ann,
      body: { role: "speaker" },
    });
    const live = await world.call("POST", `${path}/live`, { as: body.invitation });
    expectProblem(live, 401, /gives no access/);
    const stage = await world.call("POST", `${path}/stage`, {
      as: ann,
      body: { invitation: ann.token },
    });
    expectProblem(stage, 403, /no invitation/);
  });

  it("never gets into the log", () => {
    expect(world.log.join("")).not.toContain(ann.token);
    expect(world.log.join("")).not.toMatch(/eyJ|authorization/i);
  });
});

describe("limits", () => {
  it("hold for an address, and leave its neighbours alone", async () => {
    const headers = fromElsewhere();
    const body = { displayName: "a" };
    const make = () => world.call("POST", "/api/v1/guests", { body, headers });
    for (let made = 0; made < 5; made += 1) expect((await make()).status).toBe(201);
    const refused = await make();
    expectProblem(refused, 429, /^too many guests from this address: try again in \d+ s$/);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const neighbour = await world.call("POST", "/api/v1/guests", {
      body,
      headers: fromElsewhere(),
    });
    expect(neighbour.status).toBe(201);
  });

  it("take the last address that an edge names, not what its client made up", async () => {
    const { "x-forwarded-for": real } = fromElsewhere();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const headers = { "x-forwarded-for": `10.1.2.${attempt}, ${real}` };
      const answer = await world.call("POST", "/api/v1/guests", {
        body: { displayName: "a" },
        headers,
      });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([201, 201, 201, 201, 201, 429]);
  });

  it("end a flood of hands in a line each, and leave everybody else alone", async () => {
    const headers = fromElsewhere();
    const made = await world.call("POST", "/api/v1/guests", {
      body: { displayName: "a" },
      headers,
    });
    const path = `/api/v1/spaces/${spaceId}/hand`;
    const as: string = made.body.token;
    const flood = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        world.call(index % 2 === 0 ? "PUT" : "DELETE", path, { as, headers }),
      ),
    );
    const refused = flood.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(54);
    expectProblem(refused[0]!, 429, /^too many hands: try again in \d+ s$/);
    const other = await world.call("PUT", path, { as: ann, headers: fromElsewhere() });
    expectProblem(other, 409, "you are on stage already: just speak");
  });

  it("hold for a user from wherever they call", async () => {
    const guest = await world.call("POST", "/api/v1/guests", {
      body: { displayName: "a" },
      headers: fromElsewhere(),
    });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const headers = fromElsewhere();
      const body = { title: "T" };
      const answer = await world.call("POST", "/api/v1/spaces", {
        as: guest.body.token,
        body,
        headers,
      });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([201, 201, 201, 429]);
  });
});
