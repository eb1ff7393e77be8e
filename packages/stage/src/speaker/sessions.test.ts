import { TEST_EPOCH_MS, testMember, testSpace } from "@rostra/testkit";
import { newUserId, parseRtp } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import type { FakePeer } from "../../test/support/fake-transport.ts";
import { testOffer } from "../../test/support/offers.ts";
import { SessionWorld } from "../../test/support/session-world.ts";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import { encodeUplink } from "../../test/support/uplink.ts";

const ADA = newUserId();
const BEN = newUserId();
const SNAPSHOT = testSpace({ members: [testMember(ADA), testMember(BEN)] });

async function liveWorld(): Promise<SessionWorld> {
  const world = await SessionWorld.open();
  world.apply(SNAPSHOT);
  await expect.poll(() => world.programs.get(SNAPSHOT.id), { interval: 1 }).toBeDefined();
  return world;
}

async function join(world: SessionWorld, userId = ADA, continues?: string) {
  const { session } = await world.sessions.open(
    { spaceId: SNAPSHOT.id, userId, continues },
    testOffer(),
  );
  return { session, peer: world.transport.peers.at(-1)! };
}

/** Half a second of a voice, packet by packet, as time goes by. */
async function talk(world: SessionWorld, peer: FakePeer): Promise<void> {
  const voice = syntheticVoice({ seconds: 0.5, seed: 3, pitchHz: 120, peak: 0.4 });
  const sent = await encodeUplink(voice);
  for (const { datagram } of sent) {
    peer.handlers.onDatagram(datagram);
    world.clock.advance(20);
  }
}

describe("a session", () => {
  test("that connects is sent what its speaker hears, one packet a frame", async () => {
    const world = await liveWorld();
    const { peer, session } = await join(world);
    world.clock.advance(100);
    expect(peer.sent).toEqual([]);
    peer.handlers.onState("connected");
    world.clock.advance(200);
    expect(peer.sent).toHaveLength(10);
    const numbers = peer.sent.map((datagram) => parseRtp(datagram).sequence);
    expect(numbers.slice(1).every((n, i) => ((n - numbers[i]!) & 0xffff) === 1)).toBe(true);
    await session.end("left");
    world.clock.advance(100);
    expect(peer.sent).toHaveLength(10);
    expect(peer.isClosed).toBe(true);
    await world.close();
  });

  test("that connects before its program runs is mixed as soon as it does", async () => {
    const world = await SessionWorld.open();
    world.spaces.set(SNAPSHOT.id, SNAPSHOT);
    const { peer } = await join(world);
    peer.handlers.onState("connected");
    world.apply(SNAPSHOT);
    await expect.poll(() => world.programs.get(SNAPSHOT.id), { interval: 1 }).toBeDefined();
    world.clock.advance(100);
    expect(peer.sent.length).toBeGreaterThan(4);
    await world.close();
  });

  test("that never connects is closed after 15 seconds", async () => {
    const world = await liveWorld();
    const { session, peer } = await join(world);
    peer.handlers.onState("connecting");
    world.clock.advance(14_000);
    expect(session.isEnded).toBe(false);
    world.clock.advance(1_500);
    expect(session.isEnded).toBe(true);
    expect(world.sessions.get(session.id)).toBeUndefined();
    await world.close();
  });

  test("whose connection is lost has three seconds to come back", async () => {
    const world = await liveWorld();
    const { session, peer } = await join(world);
    peer.handlers.onState("connected");
    peer.handlers.onState("disconnected");
    world.clock.advance(2_500);
    peer.handlers.onState("connected");
    world.clock.advance(60_000);
    expect(session.isEnded).toBe(false);
    peer.handlers.onState("disconnected");
    world.clock.advance(3_100);
    expect(session.isEnded).toBe(true);
    await world.close();
  });

  test.each(["failed", "closed"] as const)("whose connection %s ends at once", async (state) => {
    const world = await liveWorld();
    const { session, peer } = await join(world);
    peer.handlers.onState("connected");
    peer.handlers.onState(state);
    expect(session.isEnded).toBe(true);
    await world.close();
  });

  test("takes packets that still come after its end, and does nothing with them", async () => {
    const world = await liveWorld();
    const { session, peer } = await join(world);
    peer.handlers.onState("connected");
    await session.end("left");
    peer.handlers.onDatagram(new Uint8Array(20));
    world.clock.advance(100);
    await world.close();
  });
});

describe("the stage's sessions", () => {
  test("keep a working one until its replacement has sound that can be played", async () => {
    const world = await liveWorld();
    const older = await join(world);
    older.peer.handlers.onState("connected");
    const newer = await join(world);
    newer.peer.handlers.onState("connected");
    const before = newer.peer.sent.length;
    world.clock.advance(200);
    expect(older.session.isEnded).toBe(false);
    expect(newer.peer.sent.length - before).toBeGreaterThan(8);
    await talk(world, newer.peer);
    expect(older.session.isEnded).toBe(true);
    expect(newer.session.isEnded).toBe(false);
    await world.close();
  });

  test("change over at once where the older one is down, or ends", async () => {
    const world = await liveWorld();
    const first = await join(world);
    first.peer.handlers.onState("connected");
    first.peer.handlers.onState("disconnected");
    const second = await join(world);
    second.peer.handlers.onState("connected");
    expect(first.session.isEnded).toBe(true);
    const third = await join(world);
    third.peer.handlers.onState("connected");
    expect(world.sessions.speakersOf(SNAPSHOT.id)).toEqual([second.session.speaker]);
    second.peer.handlers.onState("closed");
    expect(world.sessions.speakersOf(SNAPSHOT.id)).toEqual([third.session.speaker]);
    await world.close();
  });

  test("let attempts replace each other, never the one that works", async () => {
    const world = await liveWorld();
    const working = await join(world);
    working.peer.handlers.onState("connected");
    const attempts = [await join(world), await join(world), await join(world), await join(world)];
    expect(working.session.isEnded).toBe(false);
    expect(attempts.map(({ session }) => session.isEnded)).toEqual([true, true, false, false]);
    await world.close();
  });

  test("never mix two of one member, whichever connects and speaks first", async () => {
    const world = await liveWorld();
    const both = [await join(world), await join(world)];
    for (const { peer } of both.toReversed()) peer.handlers.onState("connected");
    await Promise.all(both.map(({ peer }) => talk(world, peer)));
    expect(world.sessions.speakersOf(SNAPSHOT.id)).toEqual([both[0]!.session.speaker]);
    expect(both.map(({ session }) => session.isEnded)).toEqual([false, true]);
    await world.close();
  });

  test("tell a page that another one replaced, and no other", async () => {
    const world = await liveWorld();
    const phone = await join(world);
    phone.peer.handlers.onState("connected");
    const again = await join(world, ADA, phone.session.id);
    again.peer.handlers.onState("connected");
    await talk(world, again.peer);
    expect(phone.session.isEnded).toBe(true);
    const laptop = await join(world);
    laptop.peer.handlers.onState("connected");
    await talk(world, laptop.peer);
    for (const id of [phone.session.id, again.session.id]) {
      await expect(join(world, ADA, id)).rejects.toMatchObject({ code: "replaced" });
    }
    await join(world, ADA, laptop.session.id);
    await world.close();
  });

  test("end when their member is taken off the stage, and when the space ends", async () => {
    const world = await liveWorld();
    const ada = await join(world, ADA);
    const ben = await join(world, BEN);
    for (const { peer } of [ada, ben]) peer.handlers.onState("connected");
    world.apply({ ...SNAPSHOT, revision: 2, members: [testMember(BEN)] });
    expect([ada.session.isEnded, ben.session.isEnded]).toEqual([true, false]);
    world.apply({ ...SNAPSHOT, revision: 3, state: "ended" });
    expect(ben.session.isEnded).toBe(true);
    await world.close();
  });

  test("don't begin for a member who was removed while the offer was being answered", async () => {
    const world = await liveWorld();
    world.transport.onAccept = () => world.apply({ ...SNAPSHOT, revision: 2, members: [] });
    await expect(join(world)).rejects.toMatchObject({ code: "closed" });
    expect(world.transport.peers[0]?.isClosed).toBe(true);
    await world.close();
  });

  test("leave nothing behind where the connection can't be made", async () => {
    const world = await liveWorld();
    world.transport.failNext();
    await expect(join(world)).rejects.toMatchObject({ code: "transport" });
    const { values } = await world.registry.getSingleMetric("rostra_stage_speakers")!.get();
    expect(values[0]?.value).toBe(0);
    await world.close();
  });

  test("are bounded", async () => {
    const world = await SessionWorld.open();
    const members = Array.from({ length: 100 }, () => testMember());
    const spaces = [1, 2, 3].map(() => testSpace({ members }));
    for (const space of spaces) world.spaces.set(space.id, space);
    const outcomes: string[] = [];
    for (const space of spaces) {
      for (const { id } of members) {
        await world.sessions.open({ spaceId: space.id, userId: id }, testOffer()).then(
          () => outcomes.push("open"),
          (error: { code: string }) => outcomes.push(error.code),
        );
      }
    }
    expect(outcomes.filter((outcome) => outcome === "open")).toHaveLength(200);
    expect(outcomes.filter((outcome) => outcome === "too-many")).toHaveLength(100);
    await world.close();
  });
});

test("a packet that comes while a tick is late counts as in time for that tick", async () => {
  const world = await liveWorld();
  const { peer, session } = await join(world);
  peer.handlers.onState("connected");
  const arrivals: number[] = [];
  session.speaker.push = (_datagram, nowMs) => void arrivals.push(nowMs - TEST_EPOCH_MS);
  const [sent] = await encodeUplink(syntheticVoice({ seconds: 0.02 }));
  world.clock.advance(50);
  peer.handlers.onDatagram(sent!.datagram);
  expect(arrivals).toEqual([50]);
  await world.close();
});
