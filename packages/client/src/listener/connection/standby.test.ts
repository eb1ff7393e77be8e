import type { VirtualClock } from "@rostra/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { type FakeSocket, SPACE_ID } from "../../../test/support/fake-socket.ts";
import { LinkWorld, place, roomAt } from "../../../test/support/link-world.ts";
import type { LiveConnection } from "./live-connection.ts";

const A = `wss://a.example.org/live/${SPACE_ID}`;
const B = `wss://b.example.org/live/${SPACE_ID}`;

let world: LinkWorld;
let clock: VirtualClock;
/** Links by a handshake of their own, and apart from them those that were opened to wait. */
let sockets: FakeSocket[];
let standbys: FakeSocket[];
let connection: LiveConnection;

beforeEach(() => {
  world = new LinkWorld();
  ({ clock, sockets, standbys, connection } = world);
});

const isUnbroken = () => expect(world.frames).toEqual(world.frames.map((_, at) => at));
const stands = (socket: FakeSocket) => socket.say({ type: "standby" });
/** With its chunk of 100 ms just come, somebody has this to spare for others to go first, ms. */
const TURN_MS = 60;
const heard = (socket: FakeSocket) => socket.said.map((message) => JSON.parse(message));
const refuses = (socket: FakeSocket) => {
  socket.say({ type: "bye", reason: "moving", retryAfterMs: 0 });
  if (!socket.closed) socket.events.closed(1013);
};

function untilClosed(waiting: FakeSocket): number {
  const sinceMs = clock.nowMs();
  while (!waiting.closed) world.flow(sockets[0]!, 100);
  return clock.nowMs() - sinceMs;
}

/** @returns the link at a, and the one that waits at b */
async function withStandby(): Promise<[FakeSocket, FakeSocket]> {
  const first = await world.listening();
  stands(standbys[0]!);
  return [first, standbys[0]!];
}

describe("a link in waiting", () => {
  it("is opened at another edge once it is known where there is one, and not a second time", async () => {
    const [first] = await withStandby();
    world.flow(first, 60_000);
    expect(standbys.map(({ url }) => url)).toEqual([`${B}?standby=1`]);
    expect(heard(standbys[0]!)).toEqual([]);
    expect(sockets).toHaveLength(1);
  });

  it("isn't opened where all edges share an address, which is asked for ever more seldom", async () => {
    world.room = roomAt("a");
    const first = await world.listening();
    const askedAtMinute: number[] = [];
    for (let minute = 1; minute <= 20; minute += 1) {
      const { asked } = world;
      world.flow(first, 60_000);
      await world.settled();
      if (world.asked > asked) askedAtMinute.push(minute);
    }
    expect(askedAtMinute).toEqual([1, 3, 7, 12, 17]);
    expect(standbys).toHaveLength(0);
  });

  it("is made within two minutes of an answer that names a place for it; and one that names none holds for a minute", async () => {
    world.room = roomAt("a");
    const first = await world.listening();
    world.room = roomAt("a", "b");
    const asked = world.asked;
    world.flow(first, 50_000);
    expect([world.asked - asked, standbys.length]).toEqual([0, 0]);
    world.flow(first, 15_000);
    await world.settled();
    expect([world.asked - asked, standbys.length]).toEqual([1, 0]);
    world.flow(first, 60_000);
    expect(standbys.map(({ url }) => url)).toEqual([`${B}?standby=1`]);
    world.flow(first, 120_000);
    expect(world.asked - asked).toBe(1);
  });

  it.each([
    ["an old edge's answer", (socket: FakeSocket) => socket.welcome()],
    ["sound", (socket: FakeSocket) => socket.chunk(1)],
    ["nonsense", (socket: FakeSocket) => socket.events.text("{")],
    ["a refusal", (socket: FakeSocket) => socket.events.closed(1006)],
    ["nothing at all", (socket: FakeSocket) => untilClosed(socket)],
  ])(
    "is closed after %s, and asked for again after one minute, two, four, up to ten",
    async (_, answer) => {
      const first = await world.listening();
      const waitedMs: number[] = [];
      while (waitedMs.length < 6) {
        const asked = standbys.at(-1)!;
        answer(asked);
        const closedMs = clock.nowMs();
        expect(asked.closed).toBe(true);
        while (standbys.at(-1) === asked) world.flow(first, 1_000);
        waitedMs.push(clock.nowMs() - closedMs);
      }
      expect(waitedMs.map((ms) => ms / 60_000)).toEqual([1, 2, 4, 8, 10, 10]);
      expect(world.frames.length).toBe(world.next);
    },
  );

  it("gets ten seconds to stand", async () => {
    const first = await world.listening();
    standbys[0]!.welcome();
    while (standbys.length === 1) world.flow(first, 100);
    expect(untilClosed(standbys[1]!)).toBe(10_000);
  });

  it("that breaks says for five seconds that nobody is there, to who is late for the first time", async () => {
    const [first, waiting] = await withStandby();
    world.random = 0.99;
    waiting.events.closed(1006);
    clock.advance(400);
    world.flow(first, 4_500);
    expect(sockets).toHaveLength(1);
    world.flow(first, 1_500);
    clock.advance(400);
    expect(sockets.map(({ url }) => url.split("?")[0])).toEqual([A, B]);
  });

  it.each([
    [0, 2_000],
    [0.99, 11_900],
  ])("that ends is replaced after 2 to 12 s (drawn: %s)", async (random, afterMs) => {
    const [first, waiting] = await withStandby();
    world.random = random;
    waiting.events.closed(1006);
    world.flow(first, afterMs - 100);
    expect(standbys).toHaveLength(1);
    world.flow(first, 100);
    expect(standbys).toHaveLength(2);
  });

  it("that is sent away is replaced at a third edge, where there is one", async () => {
    world.room = roomAt("a", "b", "c");
    const [first, waiting] = await withStandby();
    waiting.say({ type: "bye", reason: "moving", retryAfterMs: 0 });
    waiting.events.closed(1001);
    expect(waiting.closed).toBe(true);
    world.flow(first, 2_000);
    expect(standbys[1]!.url).toMatch(/^wss:\/\/c\./);
  });

  it("whose place is needed for those who listen isn't asked for again within a minute", async () => {
    const [first, waiting] = await withStandby();
    waiting.say({ type: "bye", reason: "moving", retryAfterMs: 0 });
    waiting.events.closed(1013);
    world.flow(first, 59_900);
    expect(standbys).toHaveLength(1);
    world.flow(first, 100);
    expect(standbys).toHaveLength(2);
  });

  it("may stand again where one ended before the last answer of where there is room", async () => {
    world.room = roomAt("a", "b", "c", "d");
    const [first, waiting] = await withStandby();
    waiting.events.closed(1006);
    world.flow(first, 2_000);
    stands(standbys[1]!);
    world.flow(first, 300_000);
    await world.settled();
    standbys[1]!.events.closed(1006);
    world.flow(first, 2_000);
    expect(standbys.map(({ url }) => url.slice(6, 7))).toEqual(["b", "c", "b"]);
  });

  it("that stood makes up for those that came to nothing", async () => {
    const first = await world.listening();
    standbys[0]!.welcome();
    world.flow(first, 60_000);
    stands(standbys[1]!);
    standbys[1]!.events.closed(1006);
    world.flow(first, 2_000);
    standbys[2]!.welcome();
    world.flow(first, 59_900);
    expect(standbys).toHaveLength(3);
    world.flow(first, 100);
    expect(standbys).toHaveLength(4);
  });

  it("is replaced where the link moves to its edge", async () => {
    const [first, waiting] = await withStandby();
    first.say({ type: "move", withinMs: 20_000, tiers: [place("b")] });
    await world.settled();
    sockets[1]!.welcome();
    world.chunk(sockets[1]!);
    expect([waiting.closed, waiting.code]).toEqual([true, 1000]);
    world.flow(sockets[1]!, 2_000);
    expect(standbys[1]!.url).toBe(`${A}?standby=1`);
  });

  it("is there only while sound is wanted", async () => {
    const [, waiting] = await withStandby();
    connection.setSound(false);
    expect([waiting.closed, waiting.code]).toEqual([true, 1000]);
    sockets.at(-1)!.welcome();
    clock.advance(20_000);
    expect(standbys).toHaveLength(1);
    connection.setSound(true, world.next);
    sockets.at(-1)!.welcome();
    world.flow(sockets.at(-1)!, 2_100);
    expect(standbys).toHaveLength(2);
  });

  it("isn't opened while no sound comes", async () => {
    const [first, waiting] = await withStandby();
    waiting.events.closed(1006);
    // What still tells that it lives keeps the first link.
    for (let passed = 0; passed < 20_000; passed += 1_000) {
      clock.advance(1_000);
      first.say({ type: "listeners", listeners: { now: 1, peak: 1 } });
    }
    expect(standbys).toHaveLength(1);
  });

  it("from before the network was away isn't trusted", async () => {
    const [, waiting] = await withStandby();
    world.online();
    expect(waiting.closed).toBe(true);
  });

  it("leaves nothing behind, whether it stands, is asked for, or is to be replaced", async () => {
    const [first, waiting] = await withStandby();
    waiting.events.closed(1006);
    world.flow(first, 2_000);
    expect(standbys[1]!.closed).toBe(false);
    connection.close();
    expect([standbys[1]!.closed, standbys[1]!.code]).toEqual([true, 1000]);
    expect(clock.pending).toBe(0);
  });
});

describe("a listener with a link in waiting whose link breaks", () => {
  it("goes on over it, with each frame once and no word of it", async () => {
    const [first, waiting] = await withStandby();
    first.events.closed(1006);
    clock.advance(TURN_MS - 1);
    expect(heard(waiting)).toEqual([]);
    clock.advance(1);
    expect(heard(waiting)).toEqual([{ type: "listen", from: world.next, cadence: 100 }]);
    waiting.welcome();
    world.flow(waiting, 1_000);
    isUnbroken();
    expect(sockets).toHaveLength(1);
    expect(world.states).toEqual(["connecting", "open"]);
    // It is a link as any other: it may say things, and go.
    connection.say({ type: "heard" });
    expect(heard(waiting).at(-1)).toEqual({ type: "heard" });
  });

  it("asks at once where the next chunk would have been here", async () => {
    const [first, waiting] = await withStandby();
    clock.advance(199);
    first.events.closed(1006);
    expect(heard(waiting)).toHaveLength(1);
  });

  it("asks for nothing where it is closed before its turn", async () => {
    const [first, waiting] = await withStandby();
    first.events.closed(1006);
    connection.close();
    expect([waiting.closed, clock.pending]).toEqual([true, 0]);
    clock.advance(1_000);
    expect(heard(waiting)).toEqual([]);
  });

  it("asks for the rendition that it has", async () => {
    const [, waiting] = await withStandby();
    connection.setRendition("thin");
    const second = sockets.at(-1)!;
    second.welcome();
    world.chunk(second);
    second.events.closed(1006);
    clock.advance(TURN_MS);
    expect(heard(waiting)).toEqual([
      { type: "listen", from: world.next, cadence: 100, rendition: "thin" },
    ]);
  });

  it("has another one 2 to 12 s later, not at the edge that has just gone", async () => {
    world.room = roomAt("a", "b", "c");
    const [first, waiting] = await withStandby();
    first.events.closed(1006);
    waiting.welcome();
    world.flow(waiting, 1_900);
    expect(standbys).toHaveLength(1);
    world.flow(waiting, 100);
    expect(standbys[1]!.url).toMatch(/^wss:\/\/c\./);
    stands(standbys[1]!);
    waiting.events.closed(1006);
    clock.advance(TURN_MS);
    expect(heard(standbys[1]!)).toEqual([{ type: "listen", from: world.next, cadence: 100 }]);
  });

  it.each([
    ["is refused", refuses],
    ["ends as well", (socket: FakeSocket) => socket.events.closed(1006)],
  ])("comes back as without where that one %s, at a third edge", async (_, answer) => {
    world.room = roomAt("a", "b", "c");
    const [first, waiting] = await withStandby();
    first.events.closed(1006);
    answer(waiting);
    expect(world.states).toEqual(["connecting", "open", "reconnecting"]);
    clock.advance(34);
    expect(sockets).toHaveLength(1);
    clock.advance(1);
    expect(sockets[1]!.url).toBe(
      `wss://c.example.org/live/${SPACE_ID}?from=${world.next}&cadence=100`,
    );
    sockets[1]!.welcome();
    world.flow(sockets[1]!, 1_000);
    isUnbroken();
  });

  it("comes back there by a handshake where it is refused and there is no third edge", async () => {
    const [first, waiting] = await withStandby();
    first.events.closed(1006);
    refuses(waiting);
    clock.advance(35);
    expect(sockets[1]!.url).toBe(`${B}?from=${world.next}&cadence=100`);
  });

  it("gives up one that says nothing, as any first word", async () => {
    const [first, waiting] = await withStandby();
    first.events.closed(1006);
    clock.advance(TURN_MS + 1_999);
    expect([waiting.closed, world.states.at(-1)]).toEqual([false, "open"]);
    clock.advance(1);
    expect([waiting.closed, world.states.at(-1)]).toEqual([true, "reconnecting"]);
    clock.advance(20);
    expect(sockets).toHaveLength(2);
  });

  it("doesn't use it where the edge said goodbye, or the space is over", async () => {
    const [first, waiting] = await withStandby();
    first.say({ type: "bye", reason: "moving", retryAfterMs: 400 });
    first.events.closed(1001);
    expect([heard(waiting), waiting.closed]).toEqual([[], false]);
    clock.advance(600);
    sockets[1]!.welcome();
    world.flow(sockets[1]!, 1_000);
    sockets[1]!.events.closed(4000);
    expect(heard(waiting)).toEqual([]);
    expect([waiting.closed, waiting.code]).toEqual([true, 1000]);
    expect(world.states.at(-1)).toBe("ended");
  });
});

describe("a listener with a link in waiting whose edge falls silent", () => {
  it("asks for sound over it, as a second link, and goes on with it", async () => {
    const [first, waiting] = await withStandby();
    clock.advance(219);
    expect(heard(waiting)).toEqual([]);
    clock.advance(2);
    expect(heard(waiting)).toEqual([
      { type: "listen", from: world.next, cadence: 100, second: true },
    ]);
    waiting.welcome();
    world.chunk(waiting, 200);
    world.flow(waiting, 1_900);
    expect(first.closed).toBe(false);
    world.flow(waiting, 1_100);
    expect([first.closed, first.code]).toEqual([true, 1000]);
    isUnbroken();
    expect(sockets).toHaveLength(1);
    expect(world.states).toEqual(["connecting", "open"]);
    expect(standbys[1]!.url).toBe(`${A}?standby=1`);
  });

  it("goes on by the first link where that comes back first and is as good, and has another one later", async () => {
    const [first, waiting] = await withStandby();
    clock.advance(230);
    world.chunk(first, 200);
    expect(waiting.closed).toBe(false);
    waiting.welcome();
    waiting.chunk(...world.lately(200));
    world.flowByBoth(first, waiting, 1_800, () => 20);
    expect([first.closed, waiting.closed, standbys.length]).toEqual([false, false, 1]);
    world.flowByBoth(first, waiting, 300);
    expect([first.closed, waiting.closed, waiting.code]).toEqual([false, true, 1000]);
    world.flow(first, 1_000);
    expect(standbys).toHaveLength(2);
    isUnbroken();
    expect(world.states).toEqual(["connecting", "open"]);
  });

  it("goes over to it where the first link comes back first and is late again", async () => {
    const [first, waiting] = await withStandby();
    clock.advance(230);
    world.chunk(first, 200);
    waiting.welcome();
    waiting.chunk(...world.lately(200));
    world.flowByBoth(waiting, first, 2_100, (passedMs) => (passedMs === 800 ? 95 : 0));
    expect([first.closed, first.code, waiting.closed]).toEqual([true, 1000, false]);
    world.flow(waiting, 1_000);
    isUnbroken();
  });

  it("lets it go where it brings nothing in the time of a try", async () => {
    const [first, waiting] = await withStandby();
    clock.advance(230);
    world.chunk(first, 200);
    world.flow(first, 1_900);
    expect(waiting.closed).toBe(false);
    world.flow(first, 200);
    expect([first.closed, waiting.closed, standbys.length]).toEqual([false, true, 2]);
    isUnbroken();
  });

  it("tries the other edges where it is refused, and that one no second time", async () => {
    world.room = roomAt("a", "b", "c", "d");
    const [, waiting] = await withStandby();
    clock.advance(221);
    refuses(waiting);
    sockets[1]!.events.closed(1006);
    expect(sockets.slice(1).map(({ url }) => url)).toEqual(
      ["c", "d"].map(
        (host) =>
          `wss://${host}.example.org/live/${SPACE_ID}?from=${world.next}&cadence=100&second=1`,
      ),
    );
  });

  it("keeps it where its edge has nothing either, tries the others, and goes on over it when the link breaks", async () => {
    world.room = roomAt("a", "b", "c");
    const [first, waiting] = await withStandby();
    clock.advance(221);
    stands(waiting);
    expect(sockets.slice(1).map(({ url }) => url.slice(6, 7))).toEqual(["c"]);
    sockets[1]!.events.closed(1006);
    world.chunk(first, 400);
    world.flow(first, 30_000);
    expect([waiting.closed, standbys.length]).toEqual([false, 1]);
    first.events.closed(1006);
    clock.advance(TURN_MS);
    expect(heard(waiting).map(({ type }) => type)).toEqual(["listen", "listen"]);
    waiting.welcome();
    world.flow(waiting, 1_000);
    isUnbroken();
    expect(world.states).toEqual(["connecting", "open"]);
  });

  it.each([
    [300, 1],
    [200, 0],
  ])(
    "asks over it where holding sound comes as late as an edge fills in (%s ms: %s times), however much the way wobbles",
    async (lateMs, times) => {
      const [first, waiting] = await withStandby();
      // Later each time by less than anybody takes for late, up to 280 ms; then all at once.
      for (let step = 0; step < 4; step += 1) {
        clock.advance(170);
        world.chunk(first);
      }
      clock.advance(120);
      world.chunk(first, 400);
      expect(heard(waiting)).toEqual([]);
      const hold = () => first.hold(...Array.from({ length: 5 }, () => world.next++));
      clock.advance(100 + lateMs);
      hold();
      clock.advance(100);
      hold();
      const asked = heard(waiting);
      expect(asked).toHaveLength(times);
      if (times === 0) return;
      expect(asked[0]).toMatchObject({ type: "listen", from: world.next - 5, second: true });
      waiting.welcome();
      world.flow(waiting, 2_500);
      isUnbroken();
      expect([first.closed, waiting.closed]).toEqual([true, false]);
    },
  );

  it("makes no more tries with it than without", async () => {
    world.room = roomAt("a", "b", "c", "d", "e");
    const [first, waiting] = await withStandby();
    // Drawn last, where a row draws the others first.
    world.random = 0.99;
    waiting.events.closed(1006);
    world.flow(first, 12_000);
    stands(standbys[1]!);
    world.random = 0;
    world.flow(first, 100);
    clock.advance(221);
    refuses(standbys[1]!);
    for (const tried of [1, 2]) sockets[tried]!.events.closed(1006);
    const tried = [standbys[1]!, ...sockets.slice(1)].map(({ url }) => url.slice(6, 7));
    expect(tried).toEqual(["e", "b", "c"]);
  });

  it("gives it the time of a try from the moment in which it asks for sound", async () => {
    world.room = roomAt("a", "b", "c");
    const [, waiting] = await withStandby();
    clock.advance(221);
    expect(heard(waiting)).toHaveLength(1);
    clock.advance(248);
    expect([waiting.closed, sockets.length]).toEqual([false, 1]);
    clock.advance(1);
    expect([waiting.closed, sockets.length]).toEqual([true, 2]);
  });

  it("goes on over it where the first link breaks meanwhile", async () => {
    const [first, waiting] = await withStandby();
    clock.advance(221);
    first.events.closed(1006);
    waiting.welcome();
    world.chunk(waiting, 200);
    world.flow(waiting, 1_000);
    isUnbroken();
    expect([sockets.length, heard(waiting).length]).toEqual([1, 1]);
    expect(world.states).toEqual(["connecting", "open"]);
  });
});
