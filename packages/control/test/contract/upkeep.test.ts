import { VirtualClock } from "@rostra/testkit";
import { newSpaceId, newUserId, type SpaceId, STATE_KEYS } from "@rostra/wire";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ControlWorld, type Person } from "./control-world.ts";

const HOUR_MS = 3_600_000;
const clock = new VirtualClock(Date.UTC(2026, 0, 1));
const world = await ControlWorld.begin({ clock });
let ann: Person;

beforeAll(async () => {
  await world.start();
  ann = await world.guest("Ann");
});

afterAll(() => world.stop());

async function restart(): Promise<void> {
  await world.stop();
  await world.start();
}

it("shows an ended space for an hour, and keeps it for ever", async () => {
  const [over, live] = [await world.open(ann), await world.open(ann)];
  await world.call("POST", `/api/v1/spaces/${live}/live`, { as: ann });
  const ended = await world.call("POST", `/api/v1/spaces/${over}/end`, { as: ann });
  clock.advance(HOUR_MS - 1);
  expect(world.shown(over)?.state).toBe("ended");
  clock.advance(60_001);
  expect(world.shown(over)).toBeUndefined();
  expect(world.shown(live)?.state).toBe("live");
  expect((await world.call("GET", `/api/v1/spaces/${over}`)).body).toEqual(ended.body);

  // Asking once more for what was done long ago brings nothing back to the relay.
  const renewed = await world.call("POST", "/api/v1/guests/renewal", { as: ann });
  const again = await world.call("POST", `/api/v1/spaces/${over}/end`, { as: renewed.body.token });
  expect([again.status, world.shown(over)]).toEqual([200, undefined]);
  await restart();
  expect(world.shown(over)).toBeUndefined();
  expect(world.shown(live)?.state).toBe("live");
});

it("takes away what an earlier life left on the relay, and nothing else", async () => {
  ann = await world.guest("Ann");
  const [live, over] = [await world.open(ann), await world.open(ann)];
  await world.call("POST", `/api/v1/spaces/${over}/end`, { as: ann });
  const lastOfOver = world.shown(over);
  await world.stop();
  clock.advance(2 * HOUR_MS);
  const stray = { ...world.shown(live)!, id: newSpaceId() };
  const hub = world.relays.join();
  hub.put(STATE_KEYS.space(stray.id), stray);
  expect(world.shown(over)).toEqual(lastOfOver);
  await world.start();
  await vi.waitFor(() => {
    expect(world.shown(stray.id)).toBeUndefined();
    expect(world.shown(over)).toBeUndefined();
  });
  expect(world.shown(live)).toBeDefined();
  await hub.close();
});

it("says again what the relay has lost of a space that goes on", async () => {
  ann = await world.guest("Ann");
  const id = await world.open(ann);
  const [other, before] = [world.relays.join(), world.shown(id)];
  other.put(STATE_KEYS.space(id as SpaceId), undefined);
  expect(world.shown(id)).toBeUndefined();
  clock.advance(1_000);
  expect(world.shown(id)).toEqual(before);
  await other.close();
});

it("writes peaks down as time goes by and when it closes, and remembers them", async () => {
  ann = await world.guest("Ann");
  const id = await world.open(ann);
  const edge = world.relays.join();
  const count = (listeners: number) =>
    edge.put(STATE_KEYS.listenerCount("edge-1"), { [id]: listeners }, { ephemeral: true });
  const listeners = async () => (await world.call("GET", `/api/v1/spaces/${id}`)).body.listeners;
  count(5);
  clock.advance(10_000);
  count(3);
  await restart();
  expect(await listeners()).toEqual({ now: 3, peak: 5 });
  count(9);
  await edge.close();
  await restart();
  expect(await listeners()).toEqual({ now: 0, peak: 9 });
});

it("finishes what is under way when it closes, and has it afterwards", async () => {
  ann = await world.guest("Ann");
  const id = await world.open(ann);
  const topics = Array.from({ length: 10 }, (_, index) => `topic ${index}`);
  const edits = topics.map((topic) =>
    world.call("PATCH", `/api/v1/spaces/${id}`, { as: ann, body: { topics: [topic] } }),
  );
  const settling = Promise.allSettled(edits);
  await edits[0];
  await world.stop();
  const settled = await settling;
  const answered = settled.filter(
    (edit) => edit.status === "fulfilled" && edit.value.status === 200,
  );
  expect(world.state.has(STATE_KEYS.service("control"))).toBe(false);
  await world.start();
  expect(answered.length).toBeGreaterThan(0);
  expect(world.shown(id)?.revision).toBeGreaterThanOrEqual(1 + answered.length);
});

it("goes with what its clock says, not the machine's", async () => {
  const startsAt = new Date(clock.nowMs() + HOUR_MS).toISOString();
  ann = await world.guest("Ann");
  const id = await world.open(ann, { title: "T", startsAt });
  expect(world.shown(id)?.epochMs).toBe(clock.nowMs());
  clock.advance(2 * HOUR_MS);
  const late = await world.call("POST", `/api/v1/spaces/${id}/live`, { as: ann });
  expect([late.status, late.body.detail]).toEqual([
    401,
    "the token has expired: renew it with POST /api/v1/guests/renewal",
  ]);
  const { body } = await world.call("POST", "/api/v1/guests/renewal", { as: ann });
  const live = await world.call("POST", `/api/v1/spaces/${id}/live`, { as: body.token });
  expect(live.body.liveAt).toBe(new Date(clock.nowMs()).toISOString());
  const nobody = await world.call("DELETE", `/api/v1/spaces/${id}/stage/${newUserId()}`, {
    as: body.token,
  });
  expect(nobody.status).toBe(404);
});
