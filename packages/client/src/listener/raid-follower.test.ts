import { testSpace, VirtualClock } from "@rostra/testkit";
import {
  encodeRoomEvent,
  NO_ACTIVITY,
  NO_HANDS,
  newSpaceId,
  type Raid,
  type RoomEvent,
  type SpaceId,
} from "@rostra/wire";
import { beforeEach, describe, expect, it } from "vitest";
import { ListenerError } from "../errors.ts";
import type { SocketEvents } from "./connection/socket.ts";
import type { Output, OutputOptions } from "./output/output.ts";
import { RaidFollower } from "./raid-follower.ts";
import { SpaceListener } from "./space-listener.ts";

const [FROM, TO] = [newSpaceId(), newSpaceId()];

/** What one listener has to do with the world. */
interface Player {
  readonly listener: SpaceListener;
  readonly sockets: { readonly url: string; readonly events: SocketEvents; closed: boolean }[];
  readonly outputs: OutputOptions[];
}

let clock: VirtualClock;
let mayPlay: boolean;
let opened: Player[];
let moved: SpaceListener[];
let here: Player;
let follower: RaidFollower;

function player(spaceId: SpaceId, cameFrom?: SpaceId): Player {
  const sockets: Player["sockets"] = [];
  const outputs: OutputOptions[] = [];
  const listener = new SpaceListener(
    { spaceId, baseUrl: "https://example.org", ...(cameFrom && { cameFrom }) },
    {
      clock,
      random: () => 0.5,
      openSocket: (url, events) => {
        const socket = { url, events, closed: false };
        sockets.push(socket);
        return {
          send: () => {},
          close: () => {
            socket.closed = true;
          },
        };
      },
      askRefusal: async () => ({ kind: "none" }),
      findRoom: async () => ({ kind: "unknown" }),
      onOnline: () => () => {},
      savesData: () => false,
      fetchFrames: async () => [],
      openOutput: (_kind, options) => {
        outputs.push(options);
        return silentOutput();
      },
    },
  );
  return { listener, sockets, outputs };
}

function silentOutput(): Output {
  const nothing = () => {};
  return {
    kind: "worklet",
    takesFrames: true,
    ready: mayPlay
      ? Promise.resolve()
      : Promise.reject(new ListenerError("needs-gesture", "click first")),
    push: nothing,
    setCadence: nothing,
    pause: nothing,
    resume: async () => {},
    setFollowing: nothing,
    jumpToLive: nothing,
    setVolume: nothing,
    close: async () => {},
  };
}

function tell(who: Player, event: RoomEvent): void {
  who.sockets.at(-1)!.events.text(encodeRoomEvent(event));
}

function sound(who: Player): void {
  who.outputs.at(-1)!.report({
    playing: true,
    playedFrame: 100,
    bufferedMs: 200,
    behindMs: 0,
    following: true,
    rate: 1,
    lostFrames: 0,
    latencyMs: 10,
    error: null,
  });
}

function raid(changes: Partial<Raid> = {}): void {
  const startsAtMs = clock.nowMs() + 15_000;
  const titles = { fromTitle: "Here", toTitle: "There" };
  const made = { from: FROM, to: TO, ...titles, listeners: 9, startsAtMs, spreadMs: 2_000 };
  tell(here, { type: "raid", side: "leaving", raid: { ...made, ...changes }, arrived: 0 });
}

async function pass(ms: number): Promise<void> {
  await clock.advanceSettling(ms, 100);
}

beforeEach(async () => {
  [clock, mayPlay, opened, moved] = [new VirtualClock(), true, [], []];
  here = player(FROM);
  follower = new RaidFollower({
    listener: here.listener,
    clock,
    random: () => 0.5,
    open: ({ to, from }) => {
      const next = player(to, from);
      opened.push(next);
      return next.listener;
    },
    moved: (listener) => moved.push(listener),
  });
  await here.listener.start();
  const hello = { type: "welcome", protocol: 1, listeners: { now: 1, peak: 1 } } as const;
  const rest = { latestFrame: 9, oldestFrame: 0, cadenceMs: 100, hands: NO_HANDS };
  const space = testSpace({ id: FROM });
  const stage = { ...NO_ACTIVITY, up: true };
  tell(here, { ...hello, ...rest, space, stage, serverTimeMs: clock.nowMs() });
  sound(here);
});

describe("a listener whose host takes the audience along", () => {
  it("opens the other space at its own moment, and has moved once that sounds", async () => {
    raid();
    await pass(15_900);
    expect(opened).toEqual([]);
    expect(follower.state.value.phase).toBe("waiting");
    await pass(200);
    expect(follower.state.value.phase).toBe("moving");
    expect(opened[0]!.sockets[0]!.url).toBe(`wss://example.org/live/${TO}?raid=${FROM}`);
    expect([moved, here.listener.state.value.wanted]).toEqual([[], true]);
    sound(opened[0]!);
    await pass(0);
    expect(moved).toEqual([opened[0]!.listener]);
    expect(opened[0]!.sockets[0]!.closed).toBe(false);
  });

  it("says where it comes from once, however often it connects", async () => {
    raid({ startsAtMs: clock.nowMs(), spreadMs: 0 });
    await pass(100);
    const [next] = opened as [Player];
    tell(next, {
      type: "welcome",
      protocol: 1,
      space: testSpace({ id: TO }),
      stage: { ...NO_ACTIVITY, up: true },
      listeners: { now: 1, peak: 1 },
      hands: NO_HANDS,
      latestFrame: 9,
      oldestFrame: 0,
      serverTimeMs: clock.nowMs(),
      cadenceMs: 100,
    });
    next.sockets[0]!.events.closed(1006);
    await pass(500);
    expect(next.sockets.at(-1)!.url).toBe(`wss://example.org/live/${TO}`);
  });

  it("stays where the person says so", async () => {
    raid();
    follower.stay();
    await pass(30_000);
    expect([opened, moved, follower.state.value.phase]).toEqual([[], [], "stays"]);
  });

  it("stays where the raid is called off", async () => {
    raid();
    await pass(3_000);
    tell(here, { type: "raid", side: "leaving", raid: null, arrived: 0 });
    await pass(30_000);
    expect([opened, follower.state.value]).toEqual([[], { raid: null, phase: "none" }]);
  });

  it("stays where they don't play, and where the browser lets nothing play there", async () => {
    here.listener.stop();
    raid();
    await pass(30_000);
    expect([opened, follower.state.value.phase]).toEqual([[], "stays"]);
    await here.listener.start();
    mayPlay = false;
    raid();
    await pass(30_000);
    expect([opened.length, moved, follower.state.value.phase]).toEqual([1, [], "stays"]);
  });

  it("stays where the other space doesn't sound within ten seconds", async () => {
    raid({ startsAtMs: clock.nowMs(), spreadMs: 0 });
    await pass(9_900);
    expect(follower.state.value.phase).toBe("moving");
    await pass(300);
    expect([moved, follower.state.value.phase]).toEqual([[], "stays"]);
    expect(opened[0]!.sockets.every(({ closed }) => closed)).toBe(true);
  });

  it("isn't moved by what comes to its own space", async () => {
    const arriving = { from: TO, to: FROM, fromTitle: "There", toTitle: "Here", listeners: 3 };
    const news = { ...arriving, startsAtMs: clock.nowMs(), spreadMs: 0 };
    tell(here, { type: "raid", side: "arriving", raid: news, arrived: 2 });
    await pass(5_000);
    expect([opened, follower.state.value.phase]).toEqual([[], "none"]);
    expect(here.listener.state.value.raids).toEqual([{ side: "arriving", raid: news, arrived: 2 }]);
  });
});
