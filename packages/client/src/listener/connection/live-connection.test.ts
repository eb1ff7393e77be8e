import { VirtualClock } from "@rostra/testkit";
import type { ProgramFrame, RostraError } from "@rostra/wire";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeSocket, SPACE_ID } from "../../../test/support/fake-socket.ts";
import { ProblemError } from "../../errors.ts";
import type { ConnectionState } from "../state.ts";
import { LiveConnection } from "./live-connection.ts";
import type { Refusal } from "./refusal.ts";
import type { Room } from "./room.ts";

let clock: VirtualClock;
let sockets: FakeSocket[];
let states: ConnectionState[];
let lastError: RostraError | null;
let frames: number[];
let refusal: Refusal;
let questions: number;
let room: Room;
let crowded: (string | null)[];
let online: () => void;
let connection: LiveConnection;

/** The newest socket. */
function socket(): FakeSocket {
  return sockets.at(-1)!;
}

/** Promises of the fakes have settled. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await null;
}

beforeEach(() => {
  clock = new VirtualClock();
  sockets = [];
  states = [];
  lastError = null;
  frames = [];
  refusal = { kind: "none" };
  questions = 0;
  room = { kind: "unknown" };
  crowded = [];
  connection = new LiveConnection(
    {
      clock,
      random: () => 0.5,
      openSocket: (url, events) => {
        const opened = new FakeSocket(url, events);
        sockets.push(opened);
        return {
          send: (message) => opened.said.push(message),
          close: (code) => {
            [opened.closed, opened.code] = [true, code];
          },
        };
      },
      askRefusal: async () => {
        questions += 1;
        return refusal;
      },
      findRoom: async () => room,
      onOnline: (callback) => {
        online = callback;
        return () => {};
      },
    },
    { origin: "https://example.org", spaceId: SPACE_ID },
    {
      event: () => {},
      frames: (received: readonly ProgramFrame[]) => {
        frames.push(...received.map(({ number }) => number));
      },
      state: (state, error) => {
        states.push(state);
        lastError = error;
      },
      crowded: (it) => crowded.push(it?.kind ?? null),
    },
  );
});

it("says goodbye where it stops or closes, so that its place is free, and not where it comes back", () => {
  connection.setSound(true);
  connection.open();
  connection.setRendition("thin");
  connection.setSound(false);
  connection.setSound(true);
  connection.setSound(false, null, 1000);
  connection.close();
  const codes = [undefined, undefined, undefined, 1000, 1000];
  expect(sockets.map(({ closed, code }) => [closed, code])).toEqual(codes.map((it) => [true, it]));
});

describe("LiveConnection where there is no room", () => {
  /** Refused before the handshake, as a browser sees it. */
  async function refused(): Promise<void> {
    socket().events.closed(1006);
    await settle();
  }

  it("goes to the edge that has room, within a moment, and comes back there", async () => {
    connection.open();
    room = { kind: "live", url: `https://b.example.org/live/${SPACE_ID}` };
    await refused();
    clock.advance(300);
    expect(socket().url).toBe(`wss://b.example.org/live/${SPACE_ID}?sound=none`);
    socket().welcome();
    socket().events.closed(1006);
    clock.advance(300);
    expect(socket().url).toMatch(/^wss:\/\/b\.example\.org\//);
    expect(crowded).toEqual([]);
  });

  it("tries the space's own address again where nobody says anything of use", async () => {
    connection.open();
    room = { kind: "live", url: `https://b.example.org/live/${SPACE_ID}` };
    await refused();
    clock.advance(300);
    room = { kind: "unknown" };
    await refused();
    clock.advance(2_000);
    expect(socket().url).toBe(`wss://example.org/live/${SPACE_ID}?sound=none`);
  });

  it("doesn't hurry for ever between edges that are all full", async () => {
    connection.open();
    room = { kind: "live", url: `https://b.example.org/live/${SPACE_ID}` };
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await refused();
      clock.advance(10_000);
    }
    const before = sockets.length;
    await refused();
    clock.advance(1_000);
    expect(sockets).toHaveLength(before);
  });

  it("says that it hears HLS meanwhile, asks for room now and then, and says when there is", async () => {
    connection.open();
    room = { kind: "hls", url: "https://cdn.example.org/x.m3u8", retryAfterMs: 20_000 };
    await refused();
    clock.advance(19_000);
    expect(sockets).toHaveLength(1);
    clock.advance(7_000);
    expect(sockets).toHaveLength(2);
    socket().welcome();
    expect(crowded).toEqual(["hls", null]);
  });

  it("comes back when it was told to where all is full", async () => {
    connection.open();
    room = { kind: "full", clip: "https://example.org/full.ogg", retryAfterMs: 4_000 };
    await refused();
    clock.advance(4_900);
    expect(sockets).toHaveLength(1);
    clock.advance(200);
    expect(sockets).toHaveLength(2);
    expect(crowded).toEqual(["full"]);
  });
});

describe("LiveConnection", () => {
  it("asks for events alone until sound is wanted", () => {
    connection.open();
    expect(socket().url).toBe(`wss://example.org/live/${SPACE_ID}?sound=none`);
    socket().welcome();
    expect(states).toEqual(["connecting", "open"]);
  });

  it("changes over to sound without a word about it", () => {
    connection.open();
    socket().welcome();
    connection.setSound(true);
    expect(sockets[0]!.closed).toBe(true);
    expect(socket().url).toBe(`wss://example.org/live/${SPACE_ID}`);
    socket().welcome();
    socket().chunk(7, 8);
    expect(frames).toEqual([7, 8]);
    expect(states).toEqual(["connecting", "open"]);
  });

  it("resumes after the last frame it has, first after 20 to 100 ms", () => {
    connection.setSound(true);
    connection.open();
    socket().welcome();
    socket().chunk(100, 101, 102);
    socket().events.closed(1006);
    expect(states.at(-1)).toBe("reconnecting");
    clock.advance(20);
    expect(sockets).toHaveLength(1);
    clock.advance(80);
    expect(socket().url).toBe(`wss://example.org/live/${SPACE_ID}?from=103&cadence=100`);
    socket().welcome();
    expect(states.at(-1)).toBe("open");
  });

  it("begins anew at live after a gap longer than edges keep sound", () => {
    connection.setSound(true);
    connection.open();
    socket().welcome();
    socket().chunk(100);
    socket().events.closed(1006);
    clock.advance(630_000);
    expect(socket().url).toBe(`wss://example.org/live/${SPACE_ID}`);
  });

  it("begins anew at live after a pause", () => {
    connection.setSound(true);
    connection.open();
    socket().welcome();
    socket().chunk(100);
    connection.setSound(false);
    connection.setSound(true);
    expect(socket().url).toBe(`wss://example.org/live/${SPACE_ID}`);
  });

  it("waits longer with each failure, never more than ten seconds", () => {
    connection.open();
    const waits: number[] = [];
    for (let failure = 0; failure < 8; failure += 1) {
      const count = sockets.length;
      socket().events.closed(1006);
      let waitedMs = 0;
      for (; sockets.length === count; waitedMs += 50) clock.advance(50);
      waits.push(waitedMs);
    }
    expect(waits).toEqual([100, 750, 1_500, 3_000, 6_000, 7_500, 7_500, 7_500]);
  });

  it("waits longer for links that keep dying young, until one has lasted", () => {
    connection.setSound(true);
    connection.open();
    for (let loss = 0; loss < 3; loss += 1) {
      socket().welcome();
      socket().events.closed(1006);
      clock.advance(1_500);
    }
    const count = sockets.length;
    socket().welcome();
    for (let second = 0; second < 6; second += 1) {
      clock.advance(1_000);
      socket().chunk(second);
    }
    socket().events.closed(1006);
    clock.advance(300);
    expect(sockets).toHaveLength(count + 1);
  });

  it("has no memory of an outage once a link worked again", () => {
    connection.open();
    for (let failure = 0; failure < 6; failure += 1) {
      socket().events.closed(1006);
      clock.advance(10_000);
    }
    const count = sockets.length;
    socket().welcome();
    socket().events.closed(1006);
    clock.advance(300);
    expect(sockets).toHaveLength(count + 1);
  });

  it("gives up a link that brings nothing within two seconds, and has more patience next time", () => {
    connection.open();
    clock.advance(2_000);
    expect(sockets[0]!.closed).toBe(true);
    clock.advance(60);
    expect(sockets).toHaveLength(2);
    clock.advance(3_900);
    expect(sockets[1]!.closed).toBe(false);
    clock.advance(100);
    expect(sockets[1]!.closed).toBe(true);
  });

  it("takes five seconds without sound for the end of the link", () => {
    connection.setSound(true);
    connection.open();
    socket().welcome();
    socket().chunk(5);
    clock.advance(4_999);
    expect(states.at(-1)).toBe("open");
    clock.advance(1);
    expect(states.at(-1)).toBe("reconnecting");
  });

  it("renews a link of events alone that fell silent, without alarm", () => {
    connection.open();
    socket().welcome();
    clock.advance(30_000);
    expect(sockets).toHaveLength(2);
    socket().welcome();
    expect(states).toEqual(["connecting", "open"]);
  });

  it("comes back at once when the network does", () => {
    connection.open();
    for (let failure = 0; failure < 5; failure += 1) {
      socket().events.closed(1006);
      clock.advance(10_000);
    }
    socket().events.closed(1006);
    const count = sockets.length;
    online();
    expect(sockets).toHaveLength(count + 1);
  });

  it("comes back when an edge that moves says so", () => {
    connection.open();
    socket().welcome();
    socket().say({ type: "bye", reason: "moving", retryAfterMs: 400 });
    socket().events.closed(1001);
    clock.advance(399);
    expect(sockets).toHaveLength(1);
    clock.advance(201);
    expect(sockets).toHaveLength(2);
  });

  it.each([
    ["says so", () => socket().say({ type: "bye", reason: "ended", retryAfterMs: null }), 1000],
    ["closes with 4000", () => {}, 4000],
  ])("is over when the space %s", (_, before, code) => {
    connection.open();
    socket().welcome();
    before();
    socket().events.closed(code);
    clock.advance(60_000);
    expect(states.at(-1)).toBe("ended");
    expect(sockets).toHaveLength(1);
  });

  it("stays away when it is asked to", () => {
    connection.open();
    socket().welcome();
    socket().say({ type: "bye", reason: "too-slow", retryAfterMs: null });
    socket().events.closed(1001);
    clock.advance(60_000);
    expect(states.at(-1)).toBe("refused");
    expect(sockets).toHaveLength(1);
  });

  it("finds out why the handshake fails, and stops where that is final", async () => {
    refusal = {
      kind: "final",
      error: new ProblemError({
        type: "urn:rostra:problem:not-found",
        title: "Not found",
        status: 404,
        detail: "there is no such space",
      }),
    };
    connection.open();
    socket().events.closed(1006);
    clock.advance(200);
    socket().events.closed(1006);
    await settle();
    clock.advance(60_000);
    expect(states.at(-1)).toBe("refused");
    expect(lastError?.code).toBe("not-found");
    expect(sockets).toHaveLength(2);
  });

  it("waits as long as a full edge asks for", async () => {
    refusal = { kind: "later", afterMs: 20_000 };
    connection.open();
    socket().events.closed(1006);
    clock.advance(200);
    socket().events.closed(1006);
    await settle();
    clock.advance(19_999);
    expect(sockets).toHaveLength(2);
    clock.advance(10_000);
    expect(sockets.length).toBeGreaterThan(2);
  });

  it("doesn't ask why for links that had worked, nor each time", async () => {
    connection.open();
    socket().welcome();
    socket().events.closed(1006);
    for (let failure = 0; failure < 10; failure += 1) {
      clock.advance(10_000);
      socket().events.closed(1006);
      await settle();
    }
    expect(questions).toBeGreaterThan(0);
    expect(questions).toBeLessThan(sockets.length / 3);
  });

  it("drops a link that speaks nonsense, and tries again", () => {
    connection.setSound(true);
    connection.open();
    socket().welcome();
    socket().events.bytes(Uint8Array.of(1, 2, 3));
    expect(sockets[0]!.closed).toBe(true);
    clock.advance(300);
    expect(sockets).toHaveLength(2);
  });

  it("skips messages that only newer clients know", () => {
    connection.setSound(true);
    connection.open();
    socket().welcome();
    socket().events.bytes(Uint8Array.of(0x77, 2, 3));
    socket().events.text('{"type":"weather"}');
    socket().chunk(3);
    expect(frames).toEqual([3]);
    expect(states.at(-1)).toBe("open");
  });

  it("leaves nothing behind when it is closed", () => {
    connection.open();
    socket().welcome();
    connection.close();
    online();
    expect(sockets).toHaveLength(1);
    expect(sockets[0]!.closed).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

describe("LiveConnection whose edge goes", () => {
  const B = `https://b.example.org/live/${SPACE_ID}`;

  async function move(...urls: string[]): Promise<void> {
    const tiers = urls.map(
      (url) => ({ tier: "live", url, protocol: "websocket", spare: 9 }) as const,
    );
    sockets[0]!.say({ type: "move", withinMs: 20_000, tiers });
    await vi.dynamicImportSettled();
  }

  function listening(): void {
    connection.setSound(true);
    connection.open();
    socket().welcome();
    socket().chunk(100, 101);
  }

  it("makes its new link before it lets the old one go, and takes each frame once", async () => {
    listening();
    await move(B);
    expect(socket().url).toBe(`wss://b.example.org/live/${SPACE_ID}?from=102&cadence=100`);
    sockets[0]!.chunk(102, 103);
    socket().welcome();
    expect(sockets[0]!.closed).toBe(false);
    sockets[0]!.chunk(104);
    socket().chunk(102, 103, 104, 105);
    expect(sockets[0]!.closed).toBe(true);
    socket().chunk(106);
    expect(frames).toEqual([100, 101, 102, 103, 104, 105, 106]);
    expect(states).toEqual(["connecting", "open"]);
  });

  it("moves as soon as it is welcome where it follows events alone", async () => {
    connection.open();
    socket().welcome();
    await move(B);
    socket().welcome();
    expect(sockets.map(({ closed }) => closed)).toEqual([true, false]);
    expect(states).toEqual(["connecting", "open"]);
  });

  it("asks its own address where it is told of no other", async () => {
    listening();
    await move();
    expect(socket().url).toBe(`wss://example.org/live/${SPACE_ID}?from=102&cadence=100`);
  });

  it("stays where it is while the other edge doesn't answer, and tries again", async () => {
    listening();
    await move(B);
    socket().events.closed(1006);
    sockets[0]!.chunk(102);
    clock.advance(1_000);
    await vi.dynamicImportSettled();
    expect(sockets).toHaveLength(3);
    expect(socket().url).toBe(`wss://b.example.org/live/${SPACE_ID}?from=103&cadence=100`);
    expect(sockets[0]!.closed).toBe(false);
    expect(states).toEqual(["connecting", "open"]);
  });

  it("goes on with the new link where the old one ends first", async () => {
    listening();
    await move(B);
    sockets[0]!.events.closed(1001);
    socket().welcome();
    socket().chunk(102);
    expect(frames).toEqual([100, 101, 102]);
    expect(states.at(-1)).toBe("open");
    expect(sockets).toHaveLength(2);
  });

  it("makes no new link once it's closed", async () => {
    listening();
    await move(B);
    connection.close();
    expect(sockets.every(({ closed }) => closed)).toBe(true);
    clock.advance(60_000);
    expect(sockets).toHaveLength(2);
  });
});
