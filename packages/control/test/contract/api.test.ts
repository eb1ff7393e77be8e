import { testMember } from "@rostra/testkit";
import {
  DEFAULT_SETTINGS,
  FLEET_VERSION,
  STATE_KEYS,
  TOKEN_ISSUER,
  type UserId,
} from "@rostra/wire";
import { importJWK, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlWorld, type Person } from "./control-world.ts";
import { validate } from "./openapi-validator.ts";

const world = await ControlWorld.begin();
let ann: Person;
let ben: Person;

beforeAll(async () => {
  await world.start();
  ann = await world.guest("Ann");
  ben = await world.guest("Ben");
});

afterAll(() => world.stop());

describe("guests", () => {
  it("get a token that anybody with the key from the relay's state can verify", async () => {
    const body = { displayName: "  Zoë \n Lee " };
    const answer = await world.call("POST", "/api/v1/guests", { body });
    expect(answer.status).toBe(201);
    expect(answer.body.user).toEqual({
      id: expect.stringMatching(/^[0-9a-z]{16}$/),
      displayName: "Zoë Lee",
    });
    const jwk = world.state.get(STATE_KEYS.verificationKey) as { alg: string };
    const key = await importJWK(jwk, jwk.alg);
    const { payload } = await jwtVerify(answer.body.token, key, { issuer: TOKEN_ISSUER });
    expect(payload).toMatchObject({
      use: "access",
      sub: answer.body.user.id,
      name: "Zoë Lee",
      exp: Date.parse(answer.body.expiresAt) / 1000,
    });
  });

  it("stay who they are with a renewed token", async () => {
    const renewed = await world.call("POST", "/api/v1/guests/renewal", { as: ann });
    expect(renewed.status).toBe(201);
    expect(renewed.body.user).toEqual({ id: ann.id, displayName: "Ann" });
    const again = await world.call("POST", "/api/v1/guests/renewal", { as: renewed.body.token });
    expect(again.status).toBe(201);
  });
});

describe("spaces", () => {
  it("go from backstage to live to ended, and each step is shown on the relay", async () => {
    const opened = await world.call("POST", "/api/v1/spaces", {
      as: ann,
      body: { title: " My  first\tspace ", topics: ["one", " two "], record: true },
    });
    expect(opened.status).toBe(201);
    const { id, epoch } = opened.body;
    expect(opened.headers.get("location")).toBe(`/api/v1/spaces/${id}`);
    expect(opened.body).toEqual({
      id,
      url: `${world.url}/s/${id}`,
      title: "My first space",
      topics: ["one", "two"],
      state: "backstage",
      record: true,
      epoch: expect.stringMatching(/^\d{4}-.*Z$/),
      startsAt: null,
      liveAt: null,
      endedAt: null,
      airsAt: null,
      endsAt: null,
      settings: DEFAULT_SETTINGS,
      invited: [],
      inCharge: ann.id,
      hands: { open: true, count: 0 },
      host: { id: ann.id, displayName: "Ann" },
      stage: [
        {
          ...testMember(ann.id as UserId, { displayName: "Ann", role: "host" }),
          connected: false,
        },
      ],
      listeners: { now: 0, peak: 0 },
      links: {
        page: `${world.url}/s/${id}`,
        ogg: `${world.url}/live/${id}.ogg`,
        aac: `${world.url}/live/${id}.aac`,
        hls: `${world.url}/live/${id}/index.m3u8`,
        websocket: `${world.url.replace("http", "ws")}/live/${id}`,
        whip: `${world.url}/api/v1/spaces/${id}/whip`,
      },
    });
    expect(world.shown(id)).toEqual({
      id,
      revision: 1,
      title: "My first space",
      topics: ["one", "two"],
      state: "backstage",
      epochMs: Date.parse(epoch),
      record: true,
      stageName: "stage-1",
      members: [testMember(ann.id as UserId, { displayName: "Ann", role: "host" })],
      settings: DEFAULT_SETTINGS,
      invited: [],
      inCharge: ann.id,
      airsAtMs: null,
      endsAtMs: null,
      startsAtMs: null,
      liveAtMs: null,
      endedAtMs: null,
    });

    const live = await world.call("POST", `/api/v1/spaces/${id}/live`, { as: ann });
    expect(live.body).toMatchObject({ state: "live", liveAt: expect.any(String) });
    const again = await world.call("POST", `/api/v1/spaces/${id}/live`, { as: ann, body: {} });
    expect(again.body).toEqual(live.body);
    expect(world.shown(id)).toMatchObject({ state: "live", revision: 2 });

    const ended = await world.call("POST", `/api/v1/spaces/${id}/end`, { as: ann });
    expect(ended.body).toMatchObject({ state: "ended", liveAt: live.body.liveAt });
    const twice = await world.call("POST", `/api/v1/spaces/${id}/end`, { as: ann });
    expect(twice.body).toEqual(ended.body);
    expect(world.shown(id)).toMatchObject({ state: "ended", revision: 3 });
    expect((await world.call("GET", `/api/v1/spaces/${id}`)).body).toEqual(ended.body);

    const late = await world.call("POST", `/api/v1/spaces/${id}/live`, { as: ann });
    expect([late.status, late.body.type]).toEqual([410, "urn:rostra:problem:ended"]);
  });

  it("can be scheduled, opened backstage when the time has come, and go live from there", async () => {
    const startsAt = new Date(Date.now() + 3_600_000).toISOString();
    const id = await world.open(ann, { title: "Later", startsAt });
    expect(world.shown(id)).toMatchObject({
      state: "scheduled",
      startsAtMs: Date.parse(startsAt),
    });
    const backstage = await world.call("POST", `/api/v1/spaces/${id}/backstage`, { as: ann });
    expect(backstage.body).toMatchObject({ state: "backstage", startsAt });
    await world.call("POST", `/api/v1/spaces/${id}/live`, { as: ann });
    const back = await world.call("POST", `/api/v1/spaces/${id}/backstage`, { as: ann });
    expect([back.status, back.body.type]).toEqual([409, "urn:rostra:problem:conflict"]);
  });

  it("are edited by host and cohosts, and by nobody else", async () => {
    const id = await world.open(ann);
    const path = `/api/v1/spaces/${id}`;
    const refused = await world.call("PATCH", path, { as: ben, body: { title: "Mine" } });
    expect(refused.status).toBe(403);
    await world.invite(id, ann, ben, "cohost");
    const edited = await world.call("PATCH", path, {
      as: ben,
      body: { title: "Ours", topics: ["x"], record: true },
    });
    expect(edited.body).toMatchObject({ title: "Ours", topics: ["x"], record: true });
    expect(world.shown(id)).toMatchObject({ title: "Ours", revision: 3 });
  });

  it("are listed live first, with listeners and who is connected as the relay says", async () => {
    const [quiet, loud] = [await world.open(ann), await world.open(ben, { title: "Loud" })];
    await world.call("POST", `/api/v1/spaces/${loud}/live`, { as: ben });
    const edge = world.relays.join();
    edge.put(STATE_KEYS.listenerCount("edge-1"), { [loud]: 41 }, { ephemeral: true });
    edge.put(STATE_KEYS.listenerCount("edge-2"), { [loud]: 1 }, { ephemeral: true });
    const activity = { connected: [ben.id], speaking: [], deadAir: false };
    edge.put(`${STATE_KEYS.activities}${loud}`, activity, { ephemeral: true });
    const { body } = await world.call("GET", "/api/v1/spaces");
    const listed = body.spaces.map(({ id }: { id: string }) => id);
    expect(listed.indexOf(loud)).toBeGreaterThanOrEqual(0);
    expect(listed.indexOf(loud)).toBeLessThan(listed.indexOf(quiet));
    const [first] = body.spaces.filter(({ id }: { id: string }) => id === loud);
    expect(first).toMatchObject({ listeners: { now: 42, peak: 42 }, stage: [{ connected: true }] });
    await edge.close();
    expect((await world.call("GET", `/api/v1/spaces/${loud}`)).body).toMatchObject({
      listeners: { now: 0, peak: 42 },
      stage: [{ connected: false }],
    });
  });

  it("carry links to where the caller found us, as far as an edge here says", async () => {
    const id = await world.open(ann);
    const found = async (headers: Record<string, string>) =>
      (await world.call("GET", `/api/v1/spaces/${id}`, { headers })).body.links.websocket;
    const behindEdge = { "x-forwarded-host": "live.example:8443", "x-forwarded-proto": "https" };
    expect(await found(behindEdge)).toBe(`wss://live.example:8443/live/${id}`);
    expect(await found({ "x-forwarded-host": 'x"><script>' })).toBe(`ws://localhost/live/${id}`);
  });
});

describe("the stage", () => {
  it("is joined by invitation, muted by rule, and left", async () => {
    const id = await world.open(ann);
    const path = `/api/v1/spaces/${id}`;
    const made = await world.call("POST", `${path}/invitations`, {
      as: ann,
      body: { role: "speaker" },
    });
    expect(made.status).toBe(201);
    const { invitation, url } = made.body;
    expect(url).toBe(`${world.url}/s/${id}?invitation=${invitation}`);
    const stage = { as: ben, body: { invitation } };
    const joined = await world.call("POST", `${path}/stage`, stage);
    expect(joined.status).toBe(200);
    expect(joined.body.stage[1]).toMatchObject({ id: ben.id, role: "speaker", muted: false });
    expect((await world.call("POST", `${path}/stage`, stage)).body).toEqual(joined.body);
    expect(world.shown(id)?.revision).toBe(2);

    const setMuted = (as: Person, whom: Person, muted: boolean) =>
      world.call("PATCH", `${path}/stage/${whom.id}`, { as, body: { muted } });
    expect((await setMuted(ben, ann, true)).status).toBe(403);
    expect((await setMuted(ann, ben, true)).body.stage[1].muted).toBe(true);
    expect(world.shown(id)?.members[1]?.muted).toBe(true);
    expect((await setMuted(ann, ben, false)).status).toBe(403);
    expect((await setMuted(ben, ben, false)).body.stage[1].muted).toBe(false);

    const hostLeaves = await world.call("DELETE", `${path}/stage/${ann.id}`, { as: ann });
    expect([hostLeaves.status, hostLeaves.body.detail]).toEqual([
      409,
      "the host can't leave the stage: hand the space over, or end the space",
    ]);
    const left = await world.call("DELETE", `${path}/stage/${ben.id}`, { as: ben });
    expect([left.status, left.text]).toEqual([204, ""]);
    expect(world.shown(id)?.members).toHaveLength(1);
    expect((await setMuted(ben, ben, true)).body.type).toBe("urn:rostra:problem:not-on-stage");
  });

  it("takes an invitation for its own space alone", async () => {
    const [one, two] = [await world.open(ann), await world.open(ann)];
    const { body } = await world.call("POST", `/api/v1/spaces/${one}/invitations`, {
      as: ann,
      body: { role: "cohost" },
    });
    const elsewhere = await world.call("POST", `/api/v1/spaces/${two}/stage`, {
      as: ben,
      body: { invitation: body.invitation },
    });
    expect([elsewhere.status, elsewhere.body.detail]).toEqual([
      403,
      "the invitation is for another space: check the link",
    ]);
    expect(world.shown(two)?.members).toHaveLength(1);
  });

  it("keeps every one of many who come at the same moment, up to what it holds", async () => {
    const id = await world.open(ann);
    const { body } = await world.call("POST", `/api/v1/spaces/${id}/invitations`, {
      as: ann,
      body: { role: "speaker" },
    });
    const guests = await Promise.all(
      Array.from({ length: 15 }, (_, index) => world.guest(`Guest ${index}`)),
    );
    const answers = await Promise.all(
      guests.map((as) =>
        world.call("POST", `/api/v1/spaces/${id}/stage`, {
          as,
          body: { invitation: body.invitation },
        }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(12).fill(200), ...Array(3).fill(409)]);
    expect(world.shown(id)).toMatchObject({ revision: 13 });
    expect(world.shown(id)?.members).toHaveLength(13);
  });
});

describe("the description of the API", () => {
  it("is valid OpenAPI 3.1 and says what lies elsewhere, too", async () => {
    const { status, body } = await world.call("GET", "/api/openapi.json");
    expect(status).toBe(200);
    expect(await validate(body)).toEqual([]);
    expect(body.openapi).toBe("3.1.0");
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        "/api/v1/guests",
        "/api/v1/guests/renewal",
        "/api/v1/spaces",
        "/api/v1/spaces/{id}",
        "/api/v1/spaces/{id}/blocks",
        "/api/v1/spaces/{id}/blocks/{userId}",
        "/api/v1/spaces/{id}/hand",
        "/api/v1/spaces/{id}/hands",
        "/api/v1/spaces/{id}/hands/{userId}",
        "/api/v1/spaces/{id}/host",
        "/api/v1/spaces/{id}/invitations",
        "/api/v1/spaces/{id}/invitations/{userId}",
        "/api/v1/spaces/{id}/live",
        "/api/v1/spaces/{id}/me",
        "/api/v1/spaces/{id}/mute-all",
        "/api/v1/spaces/{id}/stage",
        "/api/v1/spaces/{id}/stage/{userId}",
        "/api/v1/blocks",
        "/api/v1/blocks/{userId}",
        "/api/v1/spaces/{id}/whip",
        "/api/v1/spaces/{id}/whip/{session}",
        "/live/{id}",
        "/live/{id}.ogg",
        "/live/{id}.aac",
        "/live/{id}/index.m3u8",
        "/live/{id}/frames",
      ]),
    );
    const shapes = Object.keys(body.components.schemas).sort();
    expect(shapes).toEqual([
      "BlockedPeople",
      "Guest",
      "HandPlace",
      "Hands",
      "Invitation",
      "Me",
      "Notice",
      "Problem",
      "Raid",
      "Space",
      "SpaceList",
    ]);
    expect(body.paths["/api/v1/spaces"].post.security).toEqual([{ bearer: [] }]);
  });
});

describe("the internal listener", () => {
  it("is announced on the relay, alive, and counts what it does", async () => {
    expect(world.state.get(STATE_KEYS.service("control"))).toEqual({
      role: "control",
      decides: true,
      name: "control",
      url: world.url,
      pid: process.pid,
      version: FLEET_VERSION,
    });
    expect((await world.call("GET", "/healthz")).body).toEqual({ status: "ok" });
    await world.call("GET", "/nowhere");
    const { text } = await world.call("GET", "/metrics");
    expect(text).toMatch(
      /rostra_control_requests_total\{route="\/api\/v1\/spaces\/:id",status="200"\} \d/,
    );
    expect(text).toMatch(/rostra_control_requests_total\{route="none",status="404"\} 1/);
    expect(text).toMatch(/rostra_control_request_seconds_count\{route="\/api\/v1\/guests"\} \d/);
    expect(text).toMatch(/rostra_control_spaces\{state="live"\} [1-9]/);
    expect(text).toMatch(/rostra_control_guests_total [1-9]/);
  });
});
