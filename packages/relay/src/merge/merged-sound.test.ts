import { VirtualClock } from "@rostra/testkit";
import { type Clock, FRAME_MS, newSpaceId, type ProgramFrame } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { NOBODY_OBSERVES } from "../observer.ts";
import { MergedSound } from "./merged-sound.ts";

const first = { term: 0, second: false };
const second = { term: 0, second: true };

function openSound() {
  const virtual = new VirtualClock();
  let stoodMs = 0;
  const clock: Clock = {
    nowMs: () => virtual.nowMs() + stoodMs,
    after: (ms, callback) => virtual.after(ms, callback),
  };
  const spaceId = newSpaceId();
  const out: number[] = [];
  const note = (frames: readonly ProgramFrame[]) => {
    out.push(...frames.map(({ number }) => number));
  };
  const onReleased = (_: string, frames: readonly ProgramFrame[]) => note(frames);
  const sound = new MergedSound({ clock, observer: NOBODY_OBSERVES, onReleased });
  const hear = (source: typeof first, number: number) => {
    const frame = { number, packet: Uint8Array.of(0xf8), holding: false };
    note(sound.take(spaceId, [frame], source));
  };
  // All timers of this process are late by so much.
  const standStill = (ms: number) => {
    stoodMs += ms;
  };
  return { virtual, spaceId, sound, out, hear, standStill };
}

/**
 * A pair of which the first dies: frame n of it would come at n times 20 ms.
 * @returns how much later than that one came at most, and for how long after the death any came
 * later than the second brings it
 */
function firstDies(lagMs: number, diesAtMs: number) {
  const { virtual, hear, out } = openSound();
  const startMs = virtual.nowMs();
  const cameAtMs: number[] = [];
  for (let nowMs = 0; nowMs < 1_000; nowMs += 1) {
    if (nowMs % FRAME_MS === 0 && nowMs < diesAtMs) hear(first, nowMs / FRAME_MS);
    const number = (nowMs - lagMs) / FRAME_MS;
    if (Number.isInteger(number) && number >= 0) hear(second, number);
    while (cameAtMs.length < out.length) cameAtMs.push(virtual.nowMs() - startMs);
    virtual.advance(1);
    while (cameAtMs.length < out.length) cameAtMs.push(virtual.nowMs() - startMs);
  }
  expect(out).toEqual(out.map((_, at) => at));
  expect(out.length).toBeGreaterThanOrEqual(48);
  const late = cameAtMs.map((atMs, number) => atMs - number * FRAME_MS);
  const waited = late.findLastIndex((ms) => ms > Math.max(0, lagMs));
  return {
    lateMs: Math.max(...late),
    wholeAfterMs: waited < 0 ? 0 : cameAtMs[waited]! - diesAtMs,
  };
}

/**
 * Each stage reaches a follower over a path of its own alone from 1 s to 6 s; everybody is muted from 2 to 5 s.
 * What a path swallowed comes a second after it's mended, long out of date.
 * @param lagMs the second's frames come so much later than the first's
 * @param mutedLaterMs it hears of mute and unmute so much later
 */
function splitAndMute(lagMs: number, mutedLaterMs: number) {
  const { virtual, sound, spaceId, out } = openSound();
  const wordAt = (nowMs: number) => (nowMs < 2_000 ? 1 : nowMs < 5_000 ? 2 : 3);
  const startMs = virtual.nowMs();
  const cameAtMs = new Map<number, number>();
  const note = () => {
    for (const number of out.splice(0)) cameAtMs.set(number, virtual.nowMs() - startMs);
  };
  const swallowed: (() => void)[] = [];
  const say = (source: typeof first, atMs: number, heardOfMs: number) => {
    const revision = wordAt(atMs - heardOfMs);
    const number = Math.floor(atMs / FRAME_MS);
    const frame = { number, packet: Uint8Array.of(0xf8), holding: revision === 2 };
    const heard = { ...source, revision, voices: revision === 2 ? 0 : 2 };
    const deliver = () => {
      out.push(...sound.take(spaceId, [frame], heard).map((each) => each.number));
    };
    deliver();
    // Over the other path, too; or into it.
    if (atMs < 1_000 || atMs >= 6_000) deliver();
    else if (atMs < 2_000) swallowed.push(deliver);
  };
  for (let nowMs = 0; nowMs < 9_000; nowMs += 1) {
    if (nowMs % FRAME_MS === 0) say(first, nowMs, 0);
    const itsMs = nowMs - lagMs;
    if (itsMs >= 0 && itsMs % FRAME_MS === 0) say(second, itsMs, mutedLaterMs);
    if (nowMs === 7_000) for (const deliver of swallowed) deliver();
    note();
    virtual.advance(1);
    note();
  }
  const numbers = [...cameAtMs.keys()];
  const last = Math.max(...numbers);
  const late = [...cameAtMs].map(([number, atMs]) => atMs - number * FRAME_MS);
  return {
    lateMs: Math.max(...late),
    missing: Array.from({ length: last }, (_, at) => at).filter((at) => !cameAtMs.has(at)),
    heldBack: numbers.filter((number, at) => at > 0 && number < numbers[at - 1]!).length,
  };
}

describe("merged sound", () => {
  it("has no timer while nothing is held back", () => {
    const { virtual, hear, out } = openSound();
    for (let n = 0; n < 10; n += 1) hear(first, n);
    expect(virtual.pending).toBe(0);
    hear(second, 10);
    expect(virtual.pending).toBe(1);
    hear(first, 10);
    virtual.advance(20);
    expect(virtual.pending).toBe(0);
    expect(out).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("lets go by time alone of what both stages said last", () => {
    const { virtual, hear, out, sound, spaceId } = openSound();
    hear(first, 1);
    hear(second, 2);
    virtual.advance(200);
    expect(out).toEqual([1, 2]);
    expect(sound.memory.range(spaceId, 0, 9).map(({ number }) => number)).toEqual([1, 2]);
    expect(virtual.pending).toBe(0);
  });

  it("reads what waits before it takes anybody for silent, where it stood still itself", () => {
    const { virtual, hear, out, standStill } = openSound();
    hear(first, 1);
    for (const n of [2, 3, 4]) hear(second, n);
    standStill(500);
    virtual.advance(20);
    expect(out).toEqual([1]);
    for (const n of [2, 3, 4]) hear(first, n);
    virtual.advance(200);
    expect(out).toEqual([1, 2, 3, 4]);
  });

  it("loses nothing of a first stage that dies, whenever it does, and is late by one frame's time once", () => {
    // The second's frames come so much later than the first's, ms; or earlier.
    for (let lagMs = -15; lagMs <= 20; lagMs += 1) {
      for (let diesAtMs = 400; diesAtMs < 400 + FRAME_MS; diesAtMs += 1) {
        const { lateMs, wholeAfterMs } = firstDies(lagMs, diesAtMs);
        expect(lateMs).toBeLessThanOrEqual(Math.max(30, FRAME_MS + lagMs));
        expect(wholeAfterMs).toBeLessThanOrEqual(3 * FRAME_MS + Math.max(0, lagMs));
      }
    }
  });

  it("keeps the pace of its stages while they are cut from each other, muted, and brought together again", () => {
    for (let lagMs = -15; lagMs <= 20; lagMs += 5) {
      for (const mutedLaterMs of [-40, 0, 60, 400]) {
        const { lateMs, missing, heldBack } = splitAndMute(lagMs, mutedLaterMs);
        expect(missing).toEqual([]);
        expect(heldBack).toBe(0);
        // Three frames until the other's later word counts, and by how much the other one is later.
        expect(lateMs).toBeLessThanOrEqual(Math.max(30, FRAME_MS + Math.max(0, lagMs)));
      }
    }
  });

  it("forgets a space, and all of them when it's closed", () => {
    const { virtual, hear, out, sound, spaceId } = openSound();
    hear(first, 1);
    hear(second, 2);
    sound.forget(spaceId);
    virtual.advance(200);
    expect(out).toEqual([1]);
    hear(second, 3);
    sound.close();
    virtual.advance(200);
    expect(out).toEqual([1]);
  });
});
