import { VirtualClock } from "@rostra/testkit";
import type { ListenTier } from "@rostra/wire";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeSocket, SPACE_ID } from "../../../test/support/fake-socket.ts";
import { LiveConnection } from "./live-connection.ts";
import type { Room } from "./room.ts";

const FRAME_MS = 20;
const HOME = `https://a.example.org/live/${SPACE_ID}`;
const place = (host: string): ListenTier => ({
  tier: "live",
  url: `https://${host}.example.org/live/${SPACE_ID}`,
  protocol: "websocket",
  spare: 9,
});

let clock: VirtualClock;
let sockets: FakeSocket[];
let states: string[];
let frames: number[];
let room: Room;
/** How often it was asked where there is room. */
let asked: number;
let connection: LiveConnection;
/** The chunk that comes next, in frames of 20 ms. */
let next: number;

beforeEach(() => {
  clock = new VirtualClock();
  [sockets, states, frames, next] = [[], [], [], 0];
  room = { kind: "live", url: HOME, tiers: [place("a"), place("b")] };
  asked = 0;
  connection = new LiveConnection(
    {
      clock,
      random: () => 0,
      openSocket: (url, events) => {
        const opened = new FakeSocket(url, events);
        sockets.push(opened);
        return {
          send: () => {},
          close: (code) => {
            [opened.closed, opened.code] = [true, code];
          },
        };
      },
      askRefusal: async () => ({ kind: "none" }),
      findRoom: async () => {
        asked += 1;
        return room;
      },
      onOnline: () => () => {},
    },
    { origin: "https://a.example.org", spaceId: SPACE_ID },
    {
      event: () => {},
      frames: (came) => frames.push(...came.map(({ number }) => number)),
      state: (state) => states.push(state),
      crowded: () => {},
    },
  );
});

function chunk(socket: FakeSocket, cadenceMs = 100): void {
  const numbers = Array.from({ length: cadenceMs / FRAME_MS }, () => next++);
  socket.chunk(...numbers);
}

/** Chunks come in time, for so long. */
function flow(socket: FakeSocket, ms: number, cadenceMs = 100): void {
  for (let passed = 0; passed < ms; passed += cadenceMs) {
    clock.advance(cadenceMs);
    chunk(socket, cadenceMs);
  }
}

/** What was fetched meanwhile is here. */
async function settled(): Promise<void> {
  await vi.dynamicImportSettled();
  for (let turn = 0; turn < 10; turn += 1) await null;
}

/** Sound flows at the first edge, and what is needed without it has come. */
async function listening(): Promise<FakeSocket> {
  connection.setSound(true);
  connection.open();
  const [first] = sockets;
  first!.welcome();
  flow(first!, 3_000);
  await settled();
  flow(first!, 3_000);
  return first!;
}

const isUnbroken = () => expect(frames).toEqual(frames.map((_, at) => at));

it("what is needed where an edge falls silent waits until there were two seconds of sound", async () => {
  connection.setSound(true);
  connection.open();
  clock.advance(1_000);
  sockets[0]!.welcome();
  clock.advance(1_500);
  flow(sockets[0]!, 2_000);
  await settled();
  expect(asked).toBe(0);
  flow(sockets[0]!, 100);
  await settled();
  expect(asked).toBe(1);
});

describe("a listener whose edge falls silent", () => {
  it("has another edge's frames before it lets the silent one go, each once", async () => {
    const first = await listening();
    clock.advance(219);
    expect(sockets).toHaveLength(1);
    clock.advance(2);
    expect(sockets[1]!.url).toBe(`wss://b.example.org/live/${SPACE_ID}?from=${next}&second=1`);
    expect(first.closed).toBe(false);
    sockets[1]!.welcome();
    expect(first.closed).toBe(false);
    chunk(sockets[1]!, 200);
    expect([first.closed, first.code]).toEqual([true, 1000]);
    flow(sockets[1]!, 3_000);
    isUnbroken();
    expect(states).toEqual(["connecting", "open"]);
    expect(sockets).toHaveLength(2);
  });

  it("stays where it was if that one brings the next frames first", async () => {
    const first = await listening();
    clock.advance(230);
    expect(sockets).toHaveLength(2);
    chunk(first);
    expect(sockets[1]!.closed).toBe(true);
    flow(first, 1_000);
    isUnbroken();
    expect(first.closed).toBe(false);
  });

  it("gives a try little time where there is another one, and rests for longer after each time that nobody had sound", async () => {
    room = { kind: "live", url: HOME, tiers: [place("a"), place("b"), place("c")] };
    const first = await listening();
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
    room = { kind: "live", url: HOME, tiers: [place("a")] };
    await listening();
    clock.advance(230);
    expect(sockets[1]!.url).toMatch(/^wss:\/\/a\./);
    clock.advance(250);
    expect(sockets).toHaveLength(3);
    expect(sockets[1]!.closed).toBe(true);
    sockets[2]!.welcome();
    chunk(sockets[2]!, 500);
    isUnbroken();
  });

  it("reads what came while the page was busy before it calls anything late", async () => {
    const first = await listening();
    clock.stall(400);
    clock.advance(1);
    expect(sockets).toHaveLength(1);
    chunk(first, 400);
    flow(first, 1_000);
    expect(sockets).toHaveLength(1);
    clock.stall(400);
    clock.advance(51);
    expect(sockets).toHaveLength(2);
  });

  it("goes elsewhere at once where its link breaks without a word", async () => {
    const first = await listening();
    first.events.closed(1006);
    // Its last chunk has just come: those who have less left go first.
    clock.advance(34);
    expect(sockets).toHaveLength(1);
    clock.advance(1);
    expect(sockets[1]!.url).toBe(`wss://b.example.org/live/${SPACE_ID}?from=${next}`);
  });

  it("doesn't rest beside a link that is dead", async () => {
    const first = await listening();
    // Late and back again, each time beyond what it has been: the rest after it grows.
    for (const lateMs of [250, 450, 700]) {
      clock.advance(100 + lateMs);
      chunk(first, 100 + lateMs - (lateMs % 20));
      flow(first, 100);
    }
    const before = sockets.length;
    clock.advance(1_200);
    expect(sockets.length).toBe(before + 1);
    expect(sockets.at(-1)!.url).toBe(`wss://b.example.org/live/${SPACE_ID}?from=${next}&second=1`);
  });

  it("isn't alarmed while chunks become longer", async () => {
    const first = await listening();
    first.say({ type: "cadence", cadenceMs: 1_000, fromFrame: next });
    flow(first, 5_000, 1_000);
    expect(sockets).toHaveLength(1);
    clock.advance(1_119);
    expect(sockets).toHaveLength(1);
    clock.advance(2);
    expect(sockets).toHaveLength(2);
  });

  it("watches nothing once no sound is wanted, and leaves nothing behind", async () => {
    await listening();
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
