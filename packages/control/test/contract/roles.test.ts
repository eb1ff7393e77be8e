import { VirtualClock } from "@rostra/testkit";
import { newUserId, type Service, STATE_KEYS } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Answer, ControlWorld, type Person } from "./control-world.ts";

const clock = new VirtualClock(Date.UTC(2026, 0, 1));
const world = await ControlWorld.begin({ clock });
let ann: Person;
let ben: Person;
let cid: Person;
let dan: Person;

beforeAll(async () => {
  await world.start();
});

afterAll(() => world.stop());

/** Tokens live for two hours of a clock that these tests move. */
async function people(): Promise<void> {
  [ann, ben, cid, dan] = (await Promise.all(
    ["Ann", "Ben", "Cid", "Dan"].map((name) => world.guest(name)),
  )) as [Person, Person, Person, Person];
}

/** A space of Ann's, and calls to what lies below it. */
async function openSpace() {
  await people();
  const id = await world.open(ann);
  const call = (as: Person, method: string, rest: string, body?: unknown): Promise<Answer> =>
    world.call(method, `/api/v1/spaces/${id}${rest}`, { as, ...(body !== undefined && { body }) });
  return { id, call };
}

function codeOf({ status, body }: Answer): string {
  return `${status} ${body?.type?.replace("urn:rostra:problem:", "") ?? ""}`.trim();
}

describe("hands", () => {
  it("go up, stand in line, are sorted by hosts alone, and come down", async () => {
    const { id, call } = await openSpace();
    expect((await call(ben, "PUT", "/hand")).body).toEqual({ position: 1 });
    expect((await call(cid, "PUT", "/hand")).body).toEqual({ position: 2 });
    expect((await call(ben, "PUT", "/hand")).body).toEqual({ position: 1 });
    expect((await call(cid, "GET", "/me")).body).toEqual({
      role: null,
      hand: 2,
      invited: null,
      blocked: false,
    });
    const { body } = await call(ann, "GET", "/hands");
    expect(body.open).toBe(true);
    expect(body.hands[0]).toEqual({
      id: ben.id,
      displayName: "Ben",
      raisedAt: new Date(clock.nowMs()).toISOString(),
    });
    const ordered = await call(ann, "PUT", "/hands", { order: [cid.id, newUserId()] });
    expect(ordered.body.hands.map((hand: Person) => hand.id)).toEqual([cid.id, ben.id]);
    for (const [method, rest, order] of [
      ["GET", "/hands"],
      ["PUT", "/hands", { order: [] }],
      ["DELETE", "/hands"],
      ["DELETE", `/hands/${cid.id}`],
    ] as const) {
      expect(codeOf(await call(ben, method, rest, order))).toBe("403 forbidden");
    }
    expect((await call(ann, "DELETE", `/hands/${cid.id}`)).status).toBe(204);
    expect((await call(ben, "DELETE", "/hand")).status).toBe(204);
    expect((await call(ben, "DELETE", "/hand")).status).toBe(204);
    await call(dan, "PUT", "/hand");
    expect((await call(ann, "DELETE", "/hands")).status).toBe(204);
    expect((await call(ann, "GET", "")).body.hands).toEqual({ open: true, count: 0 });
    // What everybody is told of the space has not changed by any of this.
    expect(world.shown(id)?.revision).toBe(1);
  });

  it("are counted for everybody twice a second at most, and named to nobody there", async () => {
    const { id, call } = await openSpace();
    const queue = () => world.state.get(`${STATE_KEYS.handQueues}${id}`);
    expect(queue()).toEqual({ open: true, count: 0, revision: 0 });
    clock.advance(500);
    await call(ben, "PUT", "/hand");
    expect(queue()).toEqual({ open: true, count: 1, revision: 1 });
    await call(cid, "PUT", "/hand");
    await call(dan, "PUT", "/hand");
    expect(queue()).toMatchObject({ count: 1 });
    clock.advance(500);
    expect(queue()).toEqual({ open: true, count: 3, revision: 3 });
    await call(ann, "PATCH", "", { settings: { handsOpen: false } });
    clock.advance(500);
    expect(queue()).toEqual({ open: false, count: 3, revision: 4 });
    await call(ann, "POST", "/end");
    expect(queue()).toBeUndefined();
  });

  it("stay down where they are closed, on stage, or invited already", async () => {
    const { call } = await openSpace();
    await call(ann, "PATCH", "", { settings: { handsOpen: false } });
    expect(codeOf(await call(ben, "PUT", "/hand"))).toBe("409 conflict");
    await call(ann, "PATCH", "", { settings: { handsOpen: true } });
    expect(codeOf(await call(ann, "PUT", "/hand"))).toBe("409 conflict");
    await call(ann, "POST", "/invitations", { role: "speaker", userId: ben.id });
    expect(codeOf(await call(ben, "PUT", "/hand"))).toBe("409 conflict");
  });
});

describe("invitations by name", () => {
  it("take the hand down, stand until they are answered, and bring the person on stage", async () => {
    const { id, call } = await openSpace();
    await call(ben, "PUT", "/hand");
    const asked = await call(ann, "POST", "/invitations", { role: "speaker", userId: ben.id });
    expect(asked.status).toBe(201);
    expect(asked.body).toMatchObject({
      invited: [{ id: ben.id, role: "speaker" }],
      hands: { count: 0 },
    });
    expect(world.shown(id)?.invited).toHaveLength(1);
    expect((await call(ben, "GET", "/me")).body).toMatchObject({ invited: "speaker", hand: null });
    expect(codeOf(await call(cid, "POST", "/stage"))).toBe("403 forbidden");
    const joined = await call(ben, "POST", "/stage");
    expect(joined.body).toMatchObject({
      invited: [],
      stage: [{ id: ann.id }, { id: ben.id, role: "speaker", muted: false, channel: "air" }],
    });
    expect((await call(ben, "POST", "/stage", {})).body).toEqual(joined.body);
  });

  it("are declined by the invited and withdrawn by hosts, by nobody else", async () => {
    const { id, call } = await openSpace();
    for (const as of [ben, ann]) {
      await call(ann, "POST", "/invitations", { role: "cohost", userId: ben.id });
      expect(codeOf(await call(cid, "DELETE", `/invitations/${ben.id}`))).toBe("403 forbidden");
      expect((await call(as, "DELETE", `/invitations/${ben.id}`)).status).toBe(204);
      expect(world.shown(id)?.invited).toEqual([]);
      expect(codeOf(await call(ben, "POST", "/stage"))).toBe("403 forbidden");
    }
    const others = { role: "speaker", userId: cid.id };
    expect(codeOf(await call(ben, "POST", "/invitations", others))).toBe("403 forbidden");
  });

  it("work for a removed person, whose older links don't any more", async () => {
    const { call } = await openSpace();
    const made = await call(ann, "POST", "/invitations", { role: "speaker" });
    const link = { invitation: made.body.invitation };
    expect((await call(ben, "POST", "/stage", link)).status).toBe(200);
    clock.advance(1);
    expect((await call(ann, "DELETE", `/stage/${ben.id}`)).status).toBe(204);
    expect(codeOf(await call(ben, "POST", "/stage", link))).toBe("403 forbidden");
    // The link is dead for the one person, not for the others.
    expect((await call(cid, "POST", "/stage", link)).status).toBe(200);
    await call(ann, "POST", "/invitations", { role: "speaker", userId: ben.id });
    expect((await call(ben, "POST", "/stage")).status).toBe(200);
    await call(ann, "DELETE", `/stage/${ben.id}`);
    clock.advance(1);
    const fresh = await call(ann, "POST", "/invitations", { role: "speaker" });
    const again = { invitation: fresh.body.invitation };
    expect((await call(ben, "POST", "/stage", again)).status).toBe(200);
  });
});

describe("members of the stage", () => {
  async function withBenAndCid() {
    const space = await openSpace();
    await world.invite(space.id, ann, ben, "speaker");
    await world.invite(space.id, ann, cid, "cohost");
    const change = (as: Person, whom: Person, body: object) =>
      space.call(as, "PATCH", `/stage/${whom.id}`, body);
    const is = (whom: Person) => world.shown(space.id)?.members.find(({ id }) => id === whom.id);
    return { ...space, change, is };
  }

  it("stay muted while they are locked, through leaving and coming back, too", async () => {
    const { id, call, change, is } = await withBenAndCid();
    await change(ann, ben, { micLocked: true });
    expect(is(ben)).toMatchObject({ muted: true, micLocked: true });
    expect(codeOf(await change(ben, ben, { muted: false }))).toBe("403 mic-locked");
    expect(codeOf(await change(ben, ben, { micLocked: false }))).toBe("403 forbidden");
    await call(ben, "DELETE", `/stage/${ben.id}`);
    await world.invite(id, ann, ben, "speaker");
    expect(is(ben)).toMatchObject({ muted: true, micLocked: true });
    await change(ann, ben, { micLocked: false });
    expect(is(ben)).toMatchObject({ muted: true, micLocked: false });
    await change(ben, ben, { muted: false });
    expect(is(ben)).toMatchObject({ muted: false });
  });

  it("move themselves, and come back from where a host sent them by a host, muted", async () => {
    const { change, is } = await withBenAndCid();
    await change(ben, ben, { channel: "backstage" });
    await change(ben, ben, { channel: "air" });
    expect(is(ben)).toMatchObject({ channel: "air", muted: false });
    expect(codeOf(await change(ben, ben, { channel: "whisper" }))).toBe("403 forbidden");
    expect(codeOf(await change(ann, cid, { channel: "whisper" }))).toBe("403 forbidden");
    await change(cid, cid, { channel: "whisper" });
    expect(is(cid)).toMatchObject({ channel: "whisper", muted: false });
    await change(cid, ben, { channel: "backstage" });
    expect(codeOf(await change(ben, ben, { channel: "air" }))).toBe("403 forbidden");
    await change(ann, ben, { channel: "air" });
    expect(is(ben)).toMatchObject({ channel: "air", muted: true });
    expect(codeOf(await change(cid, ann, { channel: "backstage" }))).toBe("403 forbidden");
  });

  it("are changed all at once or not at all", async () => {
    const { id, change } = await withBenAndCid();
    const before = world.shown(id);
    expect(codeOf(await change(ann, ben, { role: "cohost", muted: false }))).toBe("403 forbidden");
    expect(world.shown(id)).toEqual(before);
    const both = await change(ann, ben, { role: "cohost", muted: true });
    expect(both.body.stage[1]).toMatchObject({ role: "cohost", muted: true });
  });

  it("are promoted and demoted by hosts; a demoted one's old link gives nothing back", async () => {
    const { call, change, is } = await withBenAndCid();
    const { body } = await call(ann, "POST", "/invitations", { role: "cohost" });
    expect(codeOf(await change(ben, ben, { role: "cohost" }))).toBe("403 forbidden");
    await change(ann, ben, { role: "cohost" });
    await change(ben, ben, { channel: "whisper" });
    clock.advance(1);
    await change(ann, ben, { role: "speaker" });
    expect(is(ben)).toMatchObject({ role: "speaker", channel: "backstage", muted: true });
    const { invitation } = body;
    expect(codeOf(await call(ben, "POST", "/stage", { invitation }))).toBe("403 forbidden");
    expect(codeOf(await change(cid, ann, { role: "speaker" }))).toBe("403 forbidden");
  });

  it("are muted all together, but for the caller and whom they spare", async () => {
    const { call, is } = await withBenAndCid();
    expect(codeOf(await call(ben, "POST", "/mute-all"))).toBe("403 forbidden");
    await call(cid, "POST", "/mute-all", { except: [ben.id] });
    expect([ann, ben, cid].map((one) => is(one)?.muted)).toEqual([true, false, false]);
    await call(cid, "POST", "/mute-all");
    expect(is(ben)?.muted).toBe(true);
  });

  it("are given the space by its host alone", async () => {
    const { call, is } = await withBenAndCid();
    expect(codeOf(await call(cid, "POST", "/host", { userId: cid.id }))).toBe("403 forbidden");
    const handed = await call(ann, "POST", "/host", { userId: ben.id });
    expect(handed.body.host.id).toBe(ben.id);
    expect([is(ann)?.role, is(ben)?.role]).toEqual(["cohost", "host"]);
    expect(codeOf(await call(ann, "POST", "/host", { userId: ann.id }))).toBe("403 forbidden");
    expect((await call(ann, "DELETE", `/stage/${ann.id}`)).status).toBe(204);
  });

  it("are as many as the host says; a lower limit throws nobody out", async () => {
    const { id, call } = await withBenAndCid();
    await call(ann, "PATCH", "", { settings: { stageLimit: 2 } });
    expect(world.shown(id)?.members).toHaveLength(3);
    expect(codeOf(await world.invite(id, ann, dan, "speaker"))).toBe("409 full");
    expect(codeOf(await call(ben, "PATCH", "", { settings: { stageLimit: 9 } }))).toBe(
      "403 forbidden",
    );
  });
});

describe("blocks", () => {
  it("take a person off the stage and out of the queue, and keep them out", async () => {
    const { id, call } = await openSpace();
    const made = await call(ann, "POST", "/invitations", { role: "speaker" });
    const link = { invitation: made.body.invitation };
    await call(ben, "POST", "/stage", link);
    await call(cid, "PUT", "/hand");
    expect(codeOf(await call(ben, "PUT", `/blocks/${cid.id}`))).toBe("403 forbidden");
    for (const whom of [ben, cid, ben]) {
      expect((await call(ann, "PUT", `/blocks/${whom.id}`)).status).toBe(204);
    }
    expect(world.shown(id)?.members).toHaveLength(1);
    expect((await call(ann, "GET", "/blocks")).body).toEqual({
      users: [
        { id: ben.id, displayName: "Ben" },
        { id: cid.id, displayName: "Cid" },
      ],
    });
    expect(codeOf(await call(ben, "GET", "/blocks"))).toBe("403 forbidden");
    expect(codeOf(await call(ben, "POST", "/stage", link))).toBe("403 blocked");
    expect(codeOf(await call(ben, "PUT", "/hand"))).toBe("403 blocked");
    expect((await call(ben, "GET", "/me")).body.blocked).toBe(true);
    const byName = { role: "speaker", userId: ben.id };
    expect(codeOf(await call(ann, "POST", "/invitations", byName))).toBe("409 conflict");
    expect(codeOf(await call(ann, "PUT", `/blocks/${ann.id}`))).toBe("403 forbidden");
    expect((await call(ann, "DELETE", `/blocks/${ben.id}`)).status).toBe(204);
    expect((await call(ben, "PUT", "/hand")).body).toEqual({ position: 1 });
    expect(codeOf(await call(ben, "POST", "/stage", link))).toBe("403 forbidden");
  });

  it("of the host's own list hold at once on every stage of theirs, and move with the space", async () => {
    const { id, call } = await openSpace();
    await world.invite(id, ann, ben, "speaker");
    await world.invite(id, ann, cid, "speaker");
    const own = (as: Person, method: string, rest = "") =>
      world.call(method, `/api/v1/blocks${rest}`, { as });
    expect((await own(cid, "PUT", `/${ben.id}`)).status).toBe(204);
    expect((await own(cid, "GET")).body).toEqual({ users: [{ id: ben.id, displayName: "Ben" }] });
    expect((await own(ann, "GET")).body).toEqual({ users: [] });
    expect(codeOf(await own(ann, "PUT", `/${ann.id}`))).toBe("400 bad-request");
    // Cid is a speaker: the list is Cid's alone to see. As host it keeps Ben off.
    expect(world.shown(id)?.members).toHaveLength(3);
    await call(ann, "POST", "/host", { userId: cid.id });
    expect(world.shown(id)?.members.map((member) => member.id)).toEqual([ann.id, cid.id]);
    expect((await call(ben, "GET", "/me")).body.blocked).toBe(true);
    expect((await own(cid, "PUT", `/${ann.id}`)).status).toBe(204);
    expect(world.shown(id)?.members.map((member) => member.id)).toEqual([cid.id]);
    expect((await own(cid, "DELETE", `/${ben.id}`)).status).toBe(204);
    expect((await call(ben, "PUT", "/hand")).status).toBe(200);
  });
});

describe("the way to air and from it", () => {
  /** A stage that is up, and says who is connected. */
  function aStage(id: string) {
    const relay = world.relays.join();
    const url = "http://127.0.0.1:1";
    const service: Service = { role: "stage", name: "stage-1", url, pid: 1 };
    relay.put(STATE_KEYS.service("stage-1"), service, { ephemeral: true });
    const connect = (...connected: Person[]) => {
      const ids = connected.map((person) => person.id);
      const value = { connected: ids, speaking: [], deadAir: false };
      relay.put(`${STATE_KEYS.activities}${id}`, value, { ephemeral: true });
    };
    return { connect, goes: () => relay.close() };
  }

  it("is counted down, called off, and carried out by control, after a restart at once", async () => {
    const { id, call } = await openSpace();
    expect(codeOf(await call(ben, "POST", "/live", { inSeconds: 5 }))).toBe("403 forbidden");
    expect(codeOf(await call(ann, "POST", "/live", { inSeconds: 61 }))).toBe("400 bad-request");
    const counting = await call(ann, "POST", "/live", { inSeconds: 5 });
    expect(counting.body).toMatchObject({
      state: "backstage",
      airsAt: new Date(clock.nowMs() + 5_000).toISOString(),
    });
    expect((await call(ann, "DELETE", "/live")).body.airsAt).toBeNull();
    clock.advance(6_000);
    expect(world.shown(id)?.state).toBe("backstage");
    await call(ann, "POST", "/live", { inSeconds: 5 });
    clock.advance(5_000);
    await vi.waitFor(() =>
      expect(world.shown(id)).toMatchObject({ state: "live", airsAtMs: null }),
    );
    expect(codeOf(await call(ann, "DELETE", "/live"))).toBe("409 conflict");

    const later = await world.open(ann);
    await world.call("POST", `/api/v1/spaces/${later}/live`, { as: ann, body: { inSeconds: 5 } });
    await world.stop();
    clock.advance(60_000);
    await world.start();
    await vi.waitFor(() => expect(world.shown(later)?.state).toBe("live"));
  });

  it("takes no other sound on air", async () => {
    const { call } = await openSpace();
    const music = { settings: { sound: "music" } };
    expect((await call(ann, "PATCH", "", music)).body.settings.sound).toBe("music");
    await call(ann, "POST", "/live");
    const voice = { settings: { sound: "voice" } };
    expect(codeOf(await call(ann, "PATCH", "", voice))).toBe("409 conflict");
    expect((await call(ann, "PATCH", "", music)).status).toBe(200);
  });

  it("is in the cohost's hands while the host is away, and ends when nobody comes back", async () => {
    const { id, call } = await openSpace();
    await world.invite(id, ann, ben, "cohost");
    await call(ann, "PATCH", "", { settings: { hostAwaySeconds: 60 } });
    const inCharge = (whom: Person | null) =>
      vi.waitFor(() => expect(world.shown(id)?.inCharge).toBe(whom?.id ?? null));
    const stage = aStage(id);
    stage.connect(ann, ben);
    expect(codeOf(await call(ben, "POST", "/end"))).toBe("403 forbidden");
    stage.connect(ben);
    clock.advance(14_999);
    expect(world.shown(id)?.inCharge).toBe(ann.id);
    clock.advance(1);
    await inCharge(ben);
    stage.connect(ann);
    await inCharge(ann);
    stage.connect();
    clock.advance(15_000);
    await inCharge(null);
    expect(world.shown(id)?.endsAtMs).toBe(clock.nowMs() + 60_000);

    // While the stage is away nobody can come back: nothing ends.
    await stage.goes();
    clock.advance(120_000);
    const again = aStage(id);
    clock.advance(14_000);
    again.connect(ann);
    await inCharge(ann);
    expect(world.shown(id)).toMatchObject({ state: "backstage", endsAtMs: null });

    again.connect();
    clock.advance(15_000);
    await inCharge(null);
    clock.advance(60_000);
    await vi.waitFor(() => expect(world.shown(id)?.state).toBe("ended"));
    expect(codeOf(await call(ann, "POST", "/mute-all"))).toBe("410 ended");
    expect(codeOf(await call(dan, "PUT", "/hand"))).toBe("410 ended");
    await again.goes();
  });
});
