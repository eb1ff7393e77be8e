import { testSpace, VirtualClock } from "@rostra/testkit";
import {
  encodeChunk,
  encodeRoomEvent,
  FRAME_MS,
  NO_ACTIVITY,
  NO_HANDS,
  newSpaceId,
  type RoomEvent,
  type SpaceSnapshot,
} from "@rostra/wire";
import { beforeEach, describe, expect, it } from "vitest";
import { ListenerError } from "../errors.ts";
import type { SocketEvents } from "./connection/socket.ts";
import type { Output, OutputOptions } from "./output/output.ts";
import { SpaceListener } from "./space-listener.ts";

const SPACE_ID = newSpaceId();
const EPOCH_MS = 1_700_000_000_000;
const SPACE = testSpace({
  id: SPACE_ID,
  revision: 5,
  title: "Bridges",
  epochMs: EPOCH_MS,
});

class FakeOutput implements Output {
  readonly kind = "worklet";
  readonly takesFrames = true;
  readonly ready: Promise<void>;
  readonly options: OutputOptions;
  /** What it was told, in order. */
  readonly said: unknown[][] = [];
  #following = true;
  frames = 0;
  volume: number;
  closed = false;

  constructor(options: OutputOptions) {
    this.options = options;
    this.volume = options.volume;
    this.ready = allowed
      ? Promise.resolve()
      : Promise.reject(new ListenerError("needs-gesture", "click first"));
  }

  push(frames: readonly unknown[]): void {
    this.frames += frames.length;
  }

  setCadence(...cadence: unknown[]): void {
    this.said.push(["cadence", ...cadence]);
  }

  pause(): void {
    this.said.push(["pause"]);
  }

  async resume(): Promise<void> {
    this.said.push(["resume"]);
    if (!allowed) throw new ListenerError("needs-gesture", "click first");
  }

  setFollowing(following: boolean): void {
    this.#following = following;
    this.said.push(["following", following]);
  }

  jumpToLive(): void {
    this.said.push(["jump"]);
  }

  setVolume(volume: number): void {
    this.volume = volume;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  report(playedFrame: number | null, behindMs = 0, bufferedMs = 180): void {
    this.options.report({
      playing: playedFrame !== null,
      playedFrame,
      bufferedMs,
      behindMs,
      following: this.#following,
      rate: 1,
      lostFrames: 2,
      latencyMs: 15,
      error: null,
    });
  }
}

let clock: VirtualClock;
let sockets: { url: string; events: SocketEvents }[];
let outputs: FakeOutput[];
let allowed: boolean;
let said: string[];
let savesData: boolean;
let fetched: string[];
let listener: SpaceListener;

function welcome(space: SpaceSnapshot = SPACE, oldestFrame = 0): void {
  sockets.at(-1)!.events.text(
    encodeRoomEvent({
      type: "welcome",
      protocol: 1,
      space,
      stage: { ...NO_ACTIVITY, up: true },
      listeners: { now: 3, peak: 9 },
      hands: NO_HANDS,
      latestFrame: 70,
      oldestFrame,
      serverTimeMs: clock.nowMs() + 5_000,
      cadenceMs: 100,
    }),
  );
}

function chunk(first: number, holding: boolean): void {
  const frames = [0, 1, 2, 3, 4].map((offset) => ({
    number: first + offset,
    packet: Uint8Array.of(1),
    holding,
  }));
  sockets.at(-1)!.events.bytes(encodeChunk(frames));
}

beforeEach(() => {
  // Our clock is five seconds slow.
  clock = new VirtualClock(EPOCH_MS - 5_000);
  sockets = [];
  outputs = [];
  allowed = true;
  said = [];
  savesData = false;
  fetched = [];
  listener = newListener();
});

function newListener(): SpaceListener {
  return new SpaceListener(
    { spaceId: SPACE_ID, baseUrl: "https://example.org/", volume: 0.5 },
    {
      clock,
      random: () => 0.5,
      openSocket: (url, events) => {
        sockets.push({ url, events });
        return { close: () => {}, send: (message) => said.push(message) };
      },
      askRefusal: async () => ({ kind: "none" }),
      findRoom: async () => ({ kind: "unknown" }),
      onOnline: () => () => {},
      savesData: () => savesData,
      fetchFrames: async (url) => {
        fetched.push(url);
        return [];
      },
      openOutput: (_kind, options) => {
        const output = new FakeOutput(options);
        outputs.push(output);
        return output;
      },
    },
  );
}

function event(event: RoomEvent): void {
  sockets.at(-1)!.events.text(encodeRoomEvent(event));
}

/** Plays a first chunk, up to frame 104. */
async function playing(): Promise<FakeOutput> {
  await listener.start();
  welcome();
  chunk(100, false);
  outputs[0]!.report(100);
  return outputs[0]!;
}

describe("SpaceListener", () => {
  it("shows the room before anyone presses play", () => {
    listener.open();
    welcome();
    expect(listener.state.value).toMatchObject({
      connection: "open",
      wanted: false,
      playing: false,
      space: { title: "Bridges" },
      stage: { up: true },
      listeners: { now: 3, peak: 9 },
      hands: NO_HANDS,
      clockOffsetMs: 5_000,
      latestFrame: 70,
    });
    expect(outputs).toHaveLength(0);
  });

  it("says that it plays only when the output does", async () => {
    await listener.start();
    welcome();
    chunk(100, false);
    expect(outputs[0]).toMatchObject({ frames: 5, volume: 0.5 });
    expect(listener.state.value).toMatchObject({ wanted: true, playing: false });
    outputs[0]!.report(100);
    expect(listener.state.value).toMatchObject({ playing: true, playedFrame: 100, lostFrames: 2 });
    outputs[0]!.report(null);
    expect(listener.state.value).toMatchObject({ playing: false, delayMs: null });
  });

  it("knows its delay by the frame number and the server's clock", async () => {
    await listener.start();
    welcome();
    clock.advance(101 * FRAME_MS + 250);
    chunk(100, false);
    outputs[0]!.report(101);
    expect(listener.state.value.delayMs).toBe(250 + 15);
  });

  it("tells whether what is heard now is holding sound", async () => {
    await listener.start();
    welcome();
    chunk(100, false);
    chunk(105, true);
    outputs[0]!.report(103);
    expect(listener.state.value.holding).toBe(false);
    outputs[0]!.report(106);
    expect(listener.state.value.holding).toBe(true);
  });

  it("keeps the room when it stops, and comes back at live", async () => {
    const output = await playing();
    listener.stop();
    expect(output.closed).toBe(true);
    expect(sockets.at(-1)!.url).toMatch(/sound=none$/);
    output.report(101);
    expect(listener.state.value).toMatchObject({ wanted: false, playing: false, bufferedMs: 0 });
    await listener.start();
    expect(outputs).toHaveLength(2);
    expect(sockets.at(-1)!.url).toBe(`wss://example.org/live/${SPACE_ID}`);
  });

  it("plays on where it was paused, as far behind as the pause was long", async () => {
    const output = await playing();
    listener.pause();
    expect(sockets.at(-1)!.url).toMatch(/sound=none$/);
    expect(listener.state.value).toMatchObject({ wanted: false, paused: true, playing: false });
    clock.advance(80_000);
    expect(listener.state.value.behindMs).toBe(80_000);
    await listener.start();
    expect(outputs).toHaveLength(1);
    expect(output.said).toEqual([["cadence", 100], ["pause"], ["following", false], ["resume"]]);
    // What is at hand is kept: the edge is asked for what follows.
    expect(sockets.at(-1)!.url).toMatch(/\?from=105&cadence=100$/);
    expect(listener.state.value).toMatchObject({ wanted: true, paused: false, following: false });
    output.report(105, 80_000);
    expect(listener.state.value).toMatchObject({ behindMs: 80_000, following: false, missedMs: 0 });
  });

  it("follows live again after a pause too short to tell", async () => {
    const output = await playing();
    listener.pause();
    clock.advance(1_500);
    await listener.start();
    expect(output.said).toContainEqual(["following", true]);
  });

  it("says what a pause longer than the ring has cost", async () => {
    await playing();
    listener.pause();
    clock.advance(11 * 60_000);
    expect(listener.state.value.behindMs).toBe(600_000);
    await listener.start();
    welcome(SPACE, 3_105);
    expect(listener.state.value.missedMs).toBe(60_000);
    listener.stop();
    expect(listener.state.value).toMatchObject({ missedMs: 0, behindMs: 0 });
  });

  it("asks by number for what the edge left out", async () => {
    const output = await playing();
    chunk(200, false);
    expect(output.frames).toBe(5);
    await clock.advanceSettling(400);
    expect(fetched).toEqual([`https://example.org/live/${SPACE_ID}/frames?from=105&to=199`]);
    expect(output.frames).toBe(10);
  });

  it("jumps to live out of a pause", async () => {
    const output = await playing();
    listener.pause();
    clock.advance(60_000);
    await listener.jumpToLive();
    expect(output.said.slice(-3)).toEqual([["jump"], ["following", true], ["resume"]]);
    expect(sockets.at(-1)!.url).toBe(`wss://example.org/live/${SPACE_ID}`);
    expect(listener.state.value).toMatchObject({ wanted: true, behindMs: 0, following: true });
  });

  it("asks for nothing to jump to what is at hand, and for live where it isn't", async () => {
    const output = await playing();
    // Our clock is five seconds slow: the server's is at frame 105 now.
    clock.advance(105 * FRAME_MS);
    output.report(60, 40_000);
    await listener.jumpToLive();
    expect(sockets).toHaveLength(1);
    clock.advance(2_500);
    await listener.jumpToLive();
    expect(sockets).toHaveLength(2);
    expect(sockets[1]!.url).toBe(`wss://example.org/live/${SPACE_ID}`);
  });

  it("stays paused where the browser wants a click first", async () => {
    await playing();
    listener.pause();
    allowed = false;
    await expect(listener.start()).rejects.toMatchObject({ code: "needs-gesture" });
    expect(listener.state.value).toMatchObject({ wanted: false, paused: true });
    allowed = true;
    await listener.start();
    expect(sockets.at(-1)!.url).toMatch(/\?from=105&cadence=100$/);
  });

  it("passes on that chunks get longer, ahead of them", async () => {
    const output = await playing();
    const cadence = { type: "cadence", cadenceMs: 500, fromFrame: 400 } as const;
    sockets.at(-1)!.events.text(encodeRoomEvent(cadence));
    expect(output.said.at(-1)).toEqual(["cadence", 500, 400]);
  });

  it("takes the thin rendition for who saves data, and tells what the edge chose", async () => {
    savesData = true;
    listener = newListener();
    await playing();
    expect(sockets.at(-1)!.url).toMatch(/\?rendition=thin$/);
    expect(listener.state.value).toMatchObject({ dataSaver: true, rendition: "thin" });
    listener.setDataSaver(false);
    expect(sockets.at(-1)!.url).toMatch(/\?from=105&cadence=100$/);
    const thinner = { type: "rendition", rendition: "thin" } as const;
    sockets.at(-1)!.events.text(encodeRoomEvent(thinner));
    expect(listener.state.value).toMatchObject({ dataSaver: false, rendition: "thin" });
  });

  it("starts once, however often it is asked", async () => {
    await Promise.all([listener.start(), listener.start()]);
    expect(outputs).toHaveLength(1);
  });

  it("isn't wanted any more where the browser refuses to play", async () => {
    allowed = false;
    await expect(listener.start()).rejects.toMatchObject({ code: "needs-gesture" });
    expect(listener.state.value).toMatchObject({ wanted: false, error: { code: "needs-gesture" } });
    expect(outputs[0]!.closed).toBe(true);
    allowed = true;
    await listener.start();
    expect(listener.state.value).toMatchObject({ wanted: true, error: null });
  });

  it("is paused from outside: a headset's button, the lock screen", async () => {
    const output = await playing();
    output.options.stopped();
    expect(listener.state.value).toMatchObject({ wanted: false, paused: true });
  });

  it("never goes back to an older state of the space", () => {
    listener.open();
    welcome();
    welcome({ ...SPACE, revision: 4, title: "Older" });
    expect(listener.state.value.space?.title).toBe("Bridges");
    welcome({ ...SPACE, revision: 6, title: "Newer" });
    expect(listener.state.value.space?.title).toBe("Newer");
  });

  it("follows the queue of raised hands", () => {
    listener.open();
    welcome();
    const hands = { open: false, count: 12, revision: 7 };
    sockets.at(-1)!.events.text(encodeRoomEvent({ type: "hands", hands }));
    expect(listener.state.value.hands).toEqual(hands);
  });

  it("plays what it has when the space ends, then lets go", async () => {
    await listener.start();
    welcome();
    chunk(100, false);
    outputs[0]!.report(100);
    sockets.at(-1)!.events.closed(4000);
    expect(listener.state.value).toMatchObject({
      connection: "ended",
      wanted: true,
      space: { state: "ended" },
    });
    clock.advance(200);
    expect(listener.state.value.wanted).toBe(false);
    expect(outputs[0]!.closed).toBe(true);
    await listener.start();
    expect(outputs).toHaveLength(1);
  });

  it("lets who is behind hear it to the end", async () => {
    const output = await playing();
    output.report(100, 90_000, 90_000);
    sockets.at(-1)!.events.closed(4000);
    clock.advance(89_000);
    expect(listener.state.value).toMatchObject({ connection: "ended", wanted: true });
    clock.advance(1_000);
    expect(listener.state.value.wanted).toBe(false);
  });

  it("keeps its volume within bounds, and over a pause", async () => {
    await listener.start();
    listener.setVolume(7);
    expect(outputs[0]!.volume).toBe(1);
    listener.setVolume(0.2);
    listener.stop();
    await listener.start();
    expect(outputs[1]!.volume).toBe(0.2);
  });

  it("is done when it is closed", async () => {
    await listener.start();
    welcome();
    await listener.close();
    await listener.start();
    listener.open();
    expect(outputs).toHaveLength(1);
    expect(listener.state.value).toMatchObject({ connection: "idle", wanted: false });
    expect(clock.pending).toBe(0);
  });
});

describe("what the audience says and is told", () => {
  it("says that it heard where it was asked and sound is leaving", async () => {
    const output = await playing();
    event({ type: "ask-heard", share: 1 });
    clock.advance(3_000);
    output.report(105);
    clock.advance(5_000);
    expect(said).toEqual(['{"type":"heard"}']);
  });

  it("isn't counted as heard while its volume is off, or before it plays", async () => {
    listener.open();
    welcome();
    event({ type: "ask-heard", share: 1 });
    clock.advance(9_000);
    listener.setVolume(0);
    const output = await playing();
    event({ type: "ask-heard", share: 1 });
    output.report(105);
    clock.advance(9_000);
    expect(said).toEqual([]);
  });

  it("shows the hosts' notice until it is cleared", () => {
    listener.open();
    welcome();
    const notice = { id: 1, text: "Back in five", atMs: 0, untilMs: 60_000 };
    event({ type: "notice", ...notice });
    expect(listener.state.value.notice).toEqual(notice);
    event({ type: "notice", ...notice, id: 2, text: "" });
    expect(listener.state.value.notice).toBeNull();
  });

  it("hands on reactions, and says its own", () => {
    listener.open();
    welcome();
    const seen: RoomEvent[] = [];
    const stop = listener.onEvent((each) => seen.push(each));
    event({ type: "reactions", counts: { "👏": 3 } });
    stop();
    event({ type: "reactions", counts: { "👏": 1 } });
    expect(seen).toEqual([{ type: "reactions", counts: { "👏": 3 } }]);
    listener.say({ type: "reaction", emoji: "👏" });
    expect(said).toEqual(['{"type":"reaction","emoji":"👏"}']);
  });
});
