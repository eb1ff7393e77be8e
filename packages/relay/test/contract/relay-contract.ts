import { setTimeout as pause } from "node:timers/promises";
import { LIMITS, newSpaceId, type ProgramFrame, type SpaceId, STATE_KEYS } from "@rostra/wire";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NEWEST, type Relay } from "../../src/index.ts";

/** A world in which any number of processes can join one relay. */
export interface RelayWorld {
  join(): Promise<Relay>;
  close(): Promise<void>;
}

/** What every adapter of the relay promises. */
export function relayContract(name: string, makeWorld: () => Promise<RelayWorld>): void {
  describe(`relay contract: ${name}`, () => {
    let world: RelayWorld;
    let stage: Relay;
    let edge: Relay;

    beforeEach(async () => {
      world = await makeWorld();
      stage = await world.join();
      edge = await world.join();
    });

    afterEach(async () => {
      await stage.close();
      await edge.close();
      await world.close();
    });

    it("hands frames to every other process that listens, unchanged and in order", async () => {
      const spaceId = newSpaceId();
      const got: ProgramFrame[] = [];
      const other = vi.fn();
      edge.follow(spaceId, { take: (frames) => got.push(...frames) });
      edge.follow(newSpaceId(), { take: other });
      await edge.flush();
      stage.publishFrames(spaceId, [frame(7), frame(8, true)]);
      stage.publishFrames(spaceId, [frame(9)]);
      await vi.waitFor(() => expect(got.map((each) => each.number)).toEqual([7, 8, 9]));
      expect(got.map((each) => each.holding)).toEqual([false, true, false]);
      expect([...got[2]!.packet]).toEqual([...frame(9).packet]);
      expect(other).not.toHaveBeenCalled();
    });

    it("does not hand a process its own frames", async () => {
      const spaceId = newSpaceId();
      const own = vi.fn();
      const other = vi.fn();
      stage.follow(spaceId, { take: own });
      edge.follow(spaceId, { take: other });
      await edge.flush();
      stage.publishFrames(spaceId, [frame(1)]);
      await vi.waitFor(() => expect(other).toHaveBeenCalledOnce());
      expect(own).not.toHaveBeenCalled();
    });

    it("remembers frames for whoever comes later, first copy first", async () => {
      const spaceId = newSpaceId();
      stage.publishFrames(spaceId, [frame(10), frame(11)]);
      stage.publishFrames(spaceId, [{ ...frame(11), packet: new Uint8Array([99]) }]);
      stage.publishFrames(spaceId, [frame(13)]);
      await stage.flush();
      const late = await world.join();
      const frames = await late.history(spaceId, 0, 100);
      expect(frames.map((each) => each.number)).toEqual([10, 11, 13]);
      expect([...frames[1]!.packet]).toEqual([...frame(11).packet]);
      expect(await late.latestFrame(spaceId)).toBe(13);
      await late.close();
    });

    it("makes one line of a pair of stages, each number once, the first stage's where it speaks", async () => {
      const second = await world.join();
      const spaceId = newSpaceId();
      const got = framesOf(edge, spaceId);
      await edge.flush();
      for (let n = 1; n <= 20; n += 1) {
        if (n !== 7) stage.publishFrames(spaceId, [made("first", n)], { term: 3, second: false });
        second.publishFrames(spaceId, [made("second", n)], { term: 3, second: true });
        await pause(5);
      }
      await vi.waitFor(() => expect(got.map(numberOf).sort(byNumber)).toEqual(upTo(1, 20)));
      expect(got.filter((frame) => makerOf(frame) === "second").map(numberOf)).toEqual([7]);
      // What others ask for later is what was heard.
      const heard = await edge.history(spaceId, 0, 100);
      expect(heard.map(makerOf)).toEqual(upTo(1, 20).map((n) => (n === 7 ? "second" : "first")));
      await second.close();
    });

    it("crosses to the second stage when the first falls silent, and lets no old term speak", async () => {
      const second = await world.join();
      const spaceId = newSpaceId();
      const got = framesOf(edge, spaceId);
      await edge.flush();
      stage.publishFrames(spaceId, [made("first", 1)], { term: 0, second: false });
      await vi.waitFor(() => expect(got).toHaveLength(1));
      second.publishFrames(spaceId, [made("second", 1)], { term: 0, second: true });
      second.publishFrames(spaceId, [made("second", 2)], { term: 0, second: true });
      await vi.waitFor(() => expect(got.map(numberOf)).toEqual([1, 2]));
      second.publishFrames(spaceId, [made("second", 3)], { term: 1, second: false });
      await vi.waitFor(() => expect(got.map(numberOf)).toEqual([1, 2, 3]));
      stage.publishFrames(
        spaceId,
        [2, 3, 4, 5].map((n) => made("first", n)),
      );
      await stage.flush();
      second.publishFrames(spaceId, [made("second", 4)], { term: 1, second: false });
      await vi.waitFor(() => expect(got.map(numberOf)).toEqual([1, 2, 3, 4]));
      expect(got.map(makerOf)).toEqual(["first", "second", "second", "second"]);
      await second.close();
    });

    it("hands on a space's frames as long as somebody in the process follows it", async () => {
      const spaceId = newSpaceId();
      const stays: number[] = [];
      const leaves = vi.fn();
      edge.follow(spaceId, { take: (frames) => stays.push(...frames.map(numberOf)) });
      const leave = edge.follow(spaceId, { take: leaves });
      leave();
      leave();
      await edge.flush();
      for (const n of [1, 2]) stage.publishFrames(spaceId, [frame(n)]);
      await vi.waitFor(() => expect(stays).toEqual([1, 2]));
      expect(leaves).not.toHaveBeenCalled();
    });

    it("goes on for whoever lets go of a space and comes back to it", async () => {
      const spaceId = newSpaceId();
      const got: number[] = [];
      const marker = vi.fn();
      edge.watch("marker", marker);
      const follow = () => edge.follow(spaceId, { take: (it) => got.push(...it.map(numberOf)) });
      follow()();
      await edge.flush();
      stage.publishFrames(spaceId, [frame(1)]);
      stage.put("marker", 1);
      await vi.waitFor(() => expect(marker).toHaveBeenCalled());
      expect(got).toEqual([]);
      follow();
      await edge.flush();
      stage.publishFrames(spaceId, [frame(2)]);
      await vi.waitFor(() => expect(got).toEqual([2]));
      expect((await edge.history(spaceId, 0, NEWEST)).map(numberOf)).toEqual([1, 2]);
    });

    it("leaves no hole between what it remembers and what comes to who begins to follow", async () => {
      const spaceId = newSpaceId();
      let number = 0;
      const speaking = setInterval(() => {
        number += 1;
        stage.publishFrames(spaceId, [frame(number)]);
      }, 2);
      try {
        await vi.waitFor(() => expect(number).toBeGreaterThan(10));
        const came: number[] = [];
        edge.follow(spaceId, { take: (frames) => came.push(...frames.map(numberOf)) });
        const past = (await edge.history(spaceId, 1, NEWEST)).map(numberOf);
        await vi.waitFor(() => expect(came.length).toBeGreaterThan(10));
        const all = [...new Set([...past, ...came])].sort(byNumber);
        expect(all).toEqual(upTo(1, all.length));
      } finally {
        clearInterval(speaking);
      }
    });

    it("answers with nothing for a space it has not heard of", async () => {
      expect(await edge.history(newSpaceId(), 0, 50)).toEqual([]);
      expect(await edge.latestFrame(newSpaceId())).toBeUndefined();
    });

    it("gives at most one chunk's worth of history an answer", async () => {
      const spaceId = newSpaceId();
      const many = Array.from({ length: LIMITS.chunkFrames + 20 }, (_, i) => frame(i));
      stage.publishFrames(spaceId, many);
      await stage.flush();
      const first = await edge.history(spaceId, 0, 10_000);
      expect(first).toHaveLength(LIMITS.chunkFrames);
      const rest = await edge.history(spaceId, first.at(-1)!.number + 1, 10_000);
      expect(rest.at(-1)!.number).toBe(LIMITS.chunkFrames + 19);
    });

    it("shows what stands before watch returns, then each change", async () => {
      stage.put("space/a", { n: 1 });
      stage.put("other/b", { n: 2 });
      await stage.flush();
      const late = await world.join();
      const seen: [string, unknown][] = [];
      late.watch("space/", (key, value) => seen.push([key, value]));
      expect(seen).toEqual([["space/a", { n: 1 }]]);
      stage.put("space/a", { n: 3 });
      stage.put("space/a", undefined);
      await vi.waitFor(() => expect(seen).toHaveLength(3));
      expect(seen.slice(1)).toEqual([
        ["space/a", { n: 3 }],
        ["space/a", undefined],
      ]);
      await late.close();
    });

    it("tells a process of its own changes too", async () => {
      const seen = vi.fn();
      stage.watch("k", seen);
      stage.put("k", 5);
      await vi.waitFor(() => expect(seen).toHaveBeenCalledWith("k", 5));
    });

    it("tells of a topic only who hears of it then, each word once and in order", async () => {
      const heard: unknown[] = [];
      const other = vi.fn();
      const own = vi.fn();
      stage.tell("timing/1", { at: 0 });
      await stage.flush();
      stage.hear("timing/1", own);
      edge.hear("timing/2", other);
      const stop = edge.hear("timing/1", (value) => heard.push(value));
      await edge.flush();
      for (const at of [1, 2, 3]) stage.tell("timing/1", { at, voices: ["a"] });
      await vi.waitFor(() => expect(heard).toHaveLength(3));
      expect(heard).toEqual([1, 2, 3].map((at) => ({ at, voices: ["a"] })));
      stop();
      const after = vi.fn();
      edge.hear("after", after);
      await edge.flush();
      stage.tell("timing/1", { at: 4 });
      stage.tell("after", null);
      await vi.waitFor(() => expect(after).toHaveBeenCalledWith(null));
      expect(heard).toHaveLength(3);
      expect(own).not.toHaveBeenCalled();
      expect(other).not.toHaveBeenCalled();
    });

    it("takes ephemeral keys away with the process that put them, and no others", async () => {
      stage.put("service/stage-1", { up: true }, { ephemeral: true });
      stage.put("space/x", { kept: true });
      await stage.flush();
      const state = new Map<string, unknown>();
      edge.watch("", (key, value) => {
        if (value === undefined) state.delete(key);
        else state.set(key, value);
      });
      await vi.waitFor(() => expect(state.has("service/stage-1")).toBe(true));
      await stage.close();
      await vi.waitFor(() => expect(state.has("service/stage-1")).toBe(false));
      expect(state.get("space/x")).toEqual({ kept: true });
    });

    it("forgets the sound of a space that is removed", async () => {
      const spaceId = newSpaceId();
      stage.put(STATE_KEYS.space(spaceId), { any: 1 });
      stage.publishFrames(spaceId, [frame(1)]);
      await stage.flush();
      stage.put(STATE_KEYS.space(spaceId), undefined);
      await stage.flush();
      expect(await edge.history(spaceId, 0, 10)).toEqual([]);
    });

    it("stops calling back after unsubscribe", async () => {
      const spaceId = newSpaceId();
      const frames = vi.fn();
      const state = vi.fn();
      const marker = vi.fn();
      edge.follow(spaceId, { take: frames })();
      edge.watch("k", state)();
      edge.watch("marker", marker);
      stage.publishFrames(spaceId, [frame(1)]);
      stage.put("k", 1);
      stage.put("marker", 1);
      await vi.waitFor(() => expect(marker).toHaveBeenCalled());
      expect(frames).not.toHaveBeenCalled();
      expect(state).not.toHaveBeenCalled();
    });

    it("says whether anybody can be reached", () => {
      const heard: boolean[] = [];
      edge.onReach((isReachable) => heard.push(isReachable));
      expect(heard).toEqual([true]);
    });

    it("refuses to answer once closed, and says so", async () => {
      await edge.close();
      await edge.closed;
      await expect(edge.latestFrame(newSpaceId())).rejects.toMatchObject({ code: "closed" });
    });
  });
}

function framesOf(relay: Relay, spaceId: SpaceId): ProgramFrame[] {
  const got: ProgramFrame[] = [];
  relay.follow(spaceId, { take: (frames) => got.push(...frames) });
  return got;
}

function made(by: "first" | "second", number: number): ProgramFrame {
  return { number, packet: new Uint8Array([0xf8, by === "first" ? 1 : 2]), holding: false };
}

const makerOf = ({ packet }: ProgramFrame) => (packet[1] === 1 ? "first" : "second");
const numberOf = ({ number }: ProgramFrame) => number;
const byNumber = (a: number, b: number) => a - b;
const upTo = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

function frame(number: number, holding = false): ProgramFrame {
  return { number, packet: new Uint8Array([0xf8, number & 0xff, 3]), holding };
}
