import { VirtualClock } from "@rostra/testkit";
import { problem, type StagePath } from "@rostra/wire";
import { beforeEach, describe, expect, it } from "vitest";
import { NetworkError, ProblemError, UplinkError } from "../errors.ts";
import { chooseBetween, type PathMemory } from "./choose-peer.ts";
import type { OpenPeer, PeerOptions, StagePeer } from "./peer.ts";

const NO_PATH = new UplinkError("no-path", "blocked");

let clock: VirtualClock;
let memory: PathMemory;
let left: StagePath[];
let begun: { path: StagePath; atMs: number; continues: string | null }[];

/** A way that stands, or fails, after `ms`. */
function way(path: StagePath, ms: number, failure?: Error): OpenPeer {
  return ({ continues, began }) => {
    begun.push({ path, atMs: clock.nowMs(), continues: continues() });
    began(`${path} session`);
    const peer = { path, leave: async () => void left.push(path) } as Partial<StagePeer>;
    return new Promise((resolve, reject) => {
      clock.after(ms, () => (failure === undefined ? resolve(peer as StagePeer) : reject(failure)));
    });
  };
}

async function choose(webrtc: OpenPeer, websocket: OpenPeer): Promise<string> {
  const options = { continues: () => null, began: () => {} } as Partial<PeerOptions>;
  const open = chooseBetween({ clock, webrtc, websocket, memory });
  const made = open(options as PeerOptions).then(
    ({ path }) => path,
    (error: { code: string }) => error.code,
  );
  await clock.advanceSettling(10_000, 50);
  return made;
}

beforeEach(() => {
  clock = new VirtualClock(0);
  memory = { udpBlocked: false };
  left = [];
  begun = [];
});

describe("the choice of a way to the stage", () => {
  it("is WebRTC alone where that stands soon", async () => {
    expect(await choose(way("webrtc", 400), way("websocket", 100))).toBe("webrtc");
    expect(begun).toHaveLength(1);
    expect(memory.udpBlocked).toBe(false);
  });

  it("is the WebSocket in less than three seconds where UDP is blocked", async () => {
    expect(await choose(way("webrtc", 6_000, NO_PATH), way("websocket", 300))).toBe("websocket");
    expect(begun[1]).toEqual({ path: "websocket", atMs: 1_500, continues: "webrtc session" });
    expect(memory.udpBlocked).toBe(true);
  });

  it("begins with the WebSocket on a page that has found UDP blocked", async () => {
    memory.udpBlocked = true;
    expect(await choose(way("webrtc", 400), way("websocket", 300))).toBe("websocket");
    expect(begun.map(({ path }) => path)).toEqual(["websocket"]);
  });

  it("begins the other at once where WebRTC has failed, or isn't there", async () => {
    expect(await choose(way("webrtc", 200, NO_PATH), way("websocket", 300))).toBe("websocket");
    expect(begun[1]!.atMs).toBeLessThan(300);
  });

  it("lets go of the one that stands second", async () => {
    expect(await choose(way("webrtc", 1_600), way("websocket", 300))).toBe("webrtc");
    expect(left).toEqual(["websocket"]);
  });

  it("asks no further where the stage refuses, or nobody answers", async () => {
    const refusal = new ProblemError(problem("not-on-stage", "no"));
    expect(await choose(way("webrtc", 100, refusal), way("websocket", 100))).toBe("not-on-stage");
    const away = new NetworkError("unreachable", "away");
    expect(await choose(way("webrtc", 100, away), way("websocket", 100))).toBe("unreachable");
    expect(begun).toHaveLength(2);
  });

  it("fails with the first reason where both fail", async () => {
    const away = new NetworkError("unreachable", "away");
    expect(await choose(way("webrtc", 100, NO_PATH), way("websocket", 100, away))).toBe("no-path");
  });
});
