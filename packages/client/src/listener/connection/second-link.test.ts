import type { VirtualClock } from "@rostra/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { type FakeSocket, SPACE_ID } from "../../../test/support/fake-socket.ts";
import { LinkWorld, roomAt } from "../../../test/support/link-world.ts";
import type { LiveConnection } from "./live-connection.ts";

// No edge here knows of links in waiting: what is tried is a new connection.
let world: LinkWorld;
let clock: VirtualClock;
let sockets: FakeSocket[];
let connection: LiveConnection;

beforeEach(() => {
  world = new LinkWorld();
  ({ clock, sockets, connection } = world);
});

const isUnbroken = () => expect(world.frames).toEqual(world.frames.map((_, at) => at));

it("what is needed where an edge falls silent waits until there were two seconds of sound", async () => {
  connection.setSound(true);
  connection.open();
  clock.advance(1_000);
  sockets[0]!.welcome();
  clock.advance(1_500);
  world.flow(sockets[0]!, 2_000);
  await world.settled();
  expect(world.asked).toBe(0);
  world.flow(sockets[0]!, 100);
  await world.settled();
  expect(world.asked).toBe(1);
});

describe("a listener whose edge falls silent", () => {
  it("has another edge's frames before it lets the silent one go, each once", async () => {
    const first = await world.listening();
    clock.advance(219);
    expect(sockets).toHaveLength(1);
    clock.advance(2);
    expect(sockets[1]!.url).toBe(
      `wss://b.example.org/live/${SPACE_ID}?from=${world.next}&cadence=100&second=1`,
    );
    expect(first.closed).toBe(false);
    sockets[1]!.welcome();
    world.chunk(sockets[1]!, 200);
    world.flow(sockets[1]!, 1_900);
    expect(first.closed).toBe(false);
    world.flow(sockets[1]!, 1_100);
    expect([first.closed, first.code]).toEqual([true, 1000]);
    isUnbroken();
    expect(world.states).toEqual(["connecting", "open"]);
    expect(sockets).toHaveLength(2);
  });

  it("leaves a link for good that is late again within seconds, also if that brings the next frames first", async () => {
    const first = await world.listening();
    clock.advance(230);
    world.chunk(first, 220);
    world.flow(first, 4_000);
    clock.advance(400);
    expect(sockets).toHaveLength(3);
    world.chunk(first, 400);
    expect(sockets[2]!.closed).toBe(false);
    sockets[2]!.welcome();
    world.chunk(sockets[2]!);
    world.flow(sockets[2]!, 2_100);
    expect([first.closed, sockets[2]!.closed]).toEqual([true, false]);
    isUnbroken();
  });

  it("stays where it was if that one brings the next frames first", async () => {
    const first = await world.listening();
    clock.advance(230);
    expect(sockets).toHaveLength(2);
    world.chunk(first);
    expect(sockets[1]!.closed).toBe(true);
    world.flow(first, 1_000);
    isUnbroken();
    expect(first.closed).toBe(false);
  });

  it("gives a try little time where there is another one, and rests for longer after each time that nobody had sound", async () => {
    world.room = roomAt("a", "b", "c");
    const first = await world.listening();
    const begunMs: number[] = [];
    const beganMs = clock.nowMs();
    // What still tells that it lives keeps the first link.
    for (let count = sockets.length; clock.nowMs() - beganMs < 20_000; ) {
      clock.advance(50);
      first.say({ type: "listeners", listeners: { now: 1, peak: 1 } });
      for (; count < sockets.length; count += 1) begunMs.push(clock.nowMs() - beganMs);
    }
    expect(begunMs).toEqual([
      ...[250, 500, 2_500, 2_750, 4_750, 5_000, 7_000, 7_250, 11_000, 11_250, 19_000, 19_250],
    ]);
    // An edge that is late refuses second links; who has been without sound for so long has no first one.
    const tries = sockets.slice(1, 5).map(({ url }) => url.includes("second=1"));
    expect(tries).toEqual([true, true, false, false]);
    expect(first.closed).toBe(false);
  });

  it("tries the address that there is twice where edges share it: another process may answer", async () => {
    world.room = roomAt("a");
    await world.listening();
    clock.advance(230);
    expect(sockets[1]!.url).toMatch(/^wss:\/\/a\./);
    clock.advance(250);
    expect(sockets).toHaveLength(3);
    expect(sockets[1]!.closed).toBe(true);
    sockets[2]!.welcome();
    world.chunk(sockets[2]!, 500);
    isUnbroken();
  });

  it("reads what came while the page was busy before it calls anything late", async () => {
    const first = await world.listening();
    clock.stall(400);
    clock.advance(1);
    expect(sockets).toHaveLength(1);
    world.chunk(first, 400);
    world.flow(first, 1_000);
    expect(sockets).toHaveLength(1);
    clock.stall(400);
    clock.advance(51);
    expect(sockets).toHaveLength(2);
  });

  it("goes elsewhere at once where its link breaks without a word", async () => {
    const first = await world.listening();
    first.events.closed(1006);
    // Its last chunk has just come: those who have less left go first.
    clock.advance(34);
    expect(sockets).toHaveLength(1);
    clock.advance(1);
    expect(sockets[1]!.url).toBe(
      `wss://b.example.org/live/${SPACE_ID}?from=${world.next}&cadence=100`,
    );
  });

  it("doesn't rest beside a link that is dead", async () => {
    const first = await world.listening();
    // Late and back again, each time beyond what it has been: the rest after it grows.
    for (const lateMs of [250, 450, 700]) {
      clock.advance(100 + lateMs);
      world.chunk(first, 100 + lateMs - (lateMs % 20));
      world.flow(first, 10_000);
    }
    const before = sockets.length;
    clock.advance(1_200);
    expect(sockets.length).toBe(before + 1);
    expect(sockets.at(-1)!.url).toBe(
      `wss://b.example.org/live/${SPACE_ID}?from=${world.next}&cadence=100&second=1`,
    );
  });

  it("isn't alarmed while chunks become longer", async () => {
    const first = await world.listening();
    first.say({ type: "cadence", cadenceMs: 1_000, fromFrame: world.next });
    world.flow(first, 5_000, 1_000);
    expect(sockets).toHaveLength(1);
    clock.advance(1_119);
    expect(sockets).toHaveLength(1);
    clock.advance(2);
    expect(sockets).toHaveLength(2);
  });

  it("watches nothing once no sound is wanted, and leaves nothing behind", async () => {
    await world.listening();
    clock.advance(230);
    connection.setSound(false);
    expect(sockets[1]!.closed).toBe(true);
    const count = sockets.length;
    sockets.at(-1)!.welcome();
    clock.advance(10_000);
    expect(sockets).toHaveLength(count);
    connection.close();
    expect(clock.pending).toBe(0);
  });
});

describe("two links side by side, after one was late and the other had sound first", () => {
  let first: FakeSocket;
  let second: FakeSocket;

  beforeEach(async () => {
    first = await world.listening();
    clock.advance(221);
    second = sockets[1]!;
    second.welcome();
    world.chunk(second, 200);
    first.chunk(...world.lately(200));
  });

  it("take each frame from whichever brings it first, and keep the new one where both are alike", () => {
    world.flowByBoth(first, second, 1_800, () => 10);
    expect([first.closed, second.closed]).toEqual([false, false]);
    world.flowByBoth(first, second, 300);
    expect([first.closed, first.code, second.closed]).toEqual([true, 1000, false]);
    world.flow(second, 1_000);
    isUnbroken();
  });

  it("go back to the first where it is clearly the better one, and to how long its chunks are", () => {
    first.say({ type: "cadence", cadenceMs: 200, fromFrame: world.next });
    world.flowByBoth(first, second, 2_000, (passedMs) => (passedMs === 1_200 ? 90 : 0));
    expect([first.closed, second.closed, second.code]).toEqual([false, true, 1000]);
    world.flow(first, 1_000, 200);
    isUnbroken();
    expect(world.cadences.at(-1)).toBe(200);
    expect(sockets).toHaveLength(2);
  });

  it("stays with voices where either turns to holding sound, and takes that where both have no other", () => {
    world.flowByBoth(first, second, 300);
    const next = world.next;
    const numbers = Array.from({ length: 5 }, (_, at) => next + at);
    first.hold(...numbers);
    expect([first.closed, first.code]).toEqual([true, 1000]);
    expect(world.frames.at(-1)).toBe(next - 1);
    second.chunk(...numbers);
    world.next += 5;
    second.hold(world.next);
    expect(world.frames.at(-1)).toBe(world.next);
    isUnbroken();
  });

  it("go back at once where it is the new one that turns to holding sound", () => {
    world.flowByBoth(first, second, 300);
    second.hold(world.next);
    expect([first.closed, second.closed]).toEqual([false, true]);
    world.flow(first, 1_000);
    isUnbroken();
  });

  it("goes on by the first where the new one ends, without a word or with one", () => {
    second.events.closed(1006);
    world.flow(first, 2_500);
    isUnbroken();
    expect([first.closed, sockets.length]).toEqual([false, 2]);
    expect(world.states).toEqual(["connecting", "open"]);
  });

  it("goes on by the new one where the first ends", () => {
    first.say({ type: "bye", reason: "moving", retryAfterMs: 0 });
    first.events.closed(1013);
    world.flow(second, 2_500);
    isUnbroken();
    expect([second.closed, sockets.length]).toEqual([false, 2]);
    expect(world.states).toEqual(["connecting", "open"]);
  });

  it("are both over where the space is", () => {
    second.say({ type: "bye", reason: "ended", retryAfterMs: null });
    second.events.closed(4000);
    expect(first.closed).toBe(true);
    expect(world.states.at(-1)).toBe("ended");
  });

  it("leave nothing behind, and neither goes on where sound isn't wanted", () => {
    connection.setSound(false);
    expect([first.closed, second.closed]).toEqual([true, true]);
    connection.close();
    expect(clock.pending).toBe(0);
  });
});
