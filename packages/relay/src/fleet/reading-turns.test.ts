import { VirtualClock } from "@rostra/testkit";
import { FRAME_MS, newSpaceId, type ProgramFrame } from "@rostra/wire";
import { beforeEach, expect, it } from "vitest";
import { MergedSound } from "../merge/merged-sound.ts";
import { NOBODY_OBSERVES } from "../observer.ts";
import { ReadingTurns } from "./reading-turns.ts";

const SPACE = newSpaceId();
const WITHIN_MS = 100;
const PHASE = 2;

let clock: VirtualClock;
let turns: ReadingTurns;
let resting: boolean;
/** Moments at which it began to read, ms since the test's beginning. */
let readAtMs: number[];
let waiting: ProgramFrame[];
let got: number[];
let startMs: number;

beforeEach(() => {
  clock = new VirtualClock();
  startMs = clock.nowMs();
  [resting, readAtMs, waiting, got] = [false, [], [], []];
  const rest = (isResting: boolean) => {
    resting = isResting;
    if (isResting) return;
    readAtMs.push(clock.nowMs() - startMs);
    // A socket is read a moment later.
    clock.after(0, hand);
  };
  turns = new ReadingTurns({ clock, buses: [{ rest }] });
});

/** What lies in the socket, or comes just now, is handed out. */
function hand(): void {
  for (const frame of waiting.splice(0)) {
    got.push(frame.number);
    turns.came(SPACE, [frame]);
  }
}

/** A frame each 20 ms; the socket holds it where nobody reads. */
function frames(from: number, to: number): void {
  for (let number = from; number < to; number += 1) {
    waiting.push({ number, packet: Uint8Array.of(1), holding: false });
    if (!resting) hand();
    clock.advance(FRAME_MS);
  }
}

it("reads each frame as it comes as long as nobody has asked for anything else", () => {
  frames(0, 50);
  expect(readAtMs).toEqual([]);
  expect(got).toHaveLength(50);
});

it("rests from the phase's number to the next, wakes up about once for each, and leaves nothing out", () => {
  turns.gather(WITHIN_MS, PHASE);
  frames(0, 500);
  expect(got).toEqual(Array.from({ length: got.length }, (_, number) => number));
  expect(got.length).toBeGreaterThanOrEqual(495);
  expect(readAtMs.length).toBeGreaterThan(95);
  expect(readAtMs.length).toBeLessThan(105);
  // A number with the phase's remainder comes at 40, 140 ms and so on: never read long after it's there.
  for (const atMs of readAtMs) expect((atMs + WITHIN_MS - 40 + 10) % WITHIN_MS).toBeLessThan(20);
});

it("reads on while an answer is waited for", () => {
  turns.gather(WITHIN_MS, PHASE);
  frames(0, 20);
  expect(resting).toBe(true);
  const calm = turns.hurry();
  expect(resting).toBe(false);
  frames(20, 40);
  expect(resting).toBe(false);
  calm();
  calm();
  frames(40, 50);
  expect(resting).toBe(true);
});

it("lets the time by which silence is judged stand while nothing is read", () => {
  turns.gather(WITHIN_MS, PHASE);
  frames(0, 8);
  const calledAtMs: number[] = [];
  expect(resting).toBe(true);
  const fromMs = turns.listening.nowMs();
  turns.listening.after(FRAME_MS, () => calledAtMs.push(turns.listening.nowMs() - fromMs));
  clock.advance(40);
  expect(turns.listening.nowMs()).toBe(fromMs);
  expect(calledAtMs).toEqual([]);
  clock.advance(60);
  expect(resting).toBe(false);
  expect(turns.listening.nowMs()).toBeGreaterThan(fromMs);
  clock.advance(FRAME_MS);
  expect(calledAtMs).toHaveLength(1);
  expect(calledAtMs[0]).toBeGreaterThanOrEqual(FRAME_MS);
});

it("goes by another space's numbers when the leader falls silent", () => {
  turns.gather(WITHIN_MS, PHASE);
  frames(0, 20);
  const other = newSpaceId();
  clock.advance(WITHIN_MS);
  for (let number = 100; number < 120; number += 1) {
    if (!resting) turns.came(other, [{ number, packet: Uint8Array.of(1), holding: false }]);
    clock.advance(FRAME_MS);
  }
  expect(readAtMs.length).toBeGreaterThan(4);
});

it("stops resting when frames may wait no longer", () => {
  turns.gather(WITHIN_MS, PHASE);
  frames(0, 8);
  expect(resting).toBe(true);
  turns.gather(0, 0);
  expect(resting).toBe(false);
  frames(8, 20);
  expect(resting).toBe(false);
});

/**
 * A pair over a socket that rests; the first dies.
 * @returns how much later than it was made each frame with the phase's number went out, ms
 */
function pairWhoseFirstDies(diesAtMs: number, lagMs: number): number[] {
  const clock = new VirtualClock();
  const from = clock.nowMs();
  const came = new Map<number, number>();
  const socket: (() => void)[] = [];
  let isResting = false;
  const read = () => {
    for (const arrive of socket.splice(0)) arrive();
  };
  const rest = (resting: boolean) => {
    isResting = resting;
    if (!resting) clock.after(0, read);
  };
  const own = new ReadingTurns({ clock, buses: [{ rest }] });
  const handOut = (frames: readonly ProgramFrame[]) => {
    for (const { number } of frames) came.set(number, clock.nowMs() - from);
    if (frames.length > 0) own.came(SPACE, frames);
  };
  const onReleased = (_: string, frames: readonly ProgramFrame[]) => handOut(frames);
  const sound = new MergedSound({ clock: own.listening, observer: NOBODY_OBSERVES, onReleased });
  own.gather(WITHIN_MS, PHASE);
  const say = (second: boolean, number: number) => {
    const frame = { number, packet: Uint8Array.of(0xf8), holding: false };
    socket.push(() => handOut(sound.take(SPACE, [frame], { term: 0, second })));
    if (!isResting) read();
  };
  for (let nowMs = 0; nowMs < 3_000; nowMs += 1) {
    if (nowMs % FRAME_MS === 0 && nowMs < diesAtMs) say(false, nowMs / FRAME_MS);
    const its = (nowMs - lagMs) / FRAME_MS;
    if (Number.isInteger(its) && its >= 0) say(true, its);
    clock.advance(1);
  }
  const numbers = [...came.keys()];
  expect(numbers).toEqual(numbers.map((_, number) => number));
  expect(numbers.length).toBeGreaterThan(140);
  const length = WITHIN_MS / FRAME_MS;
  return numbers
    .filter((number) => number % length === PHASE)
    .map((number) => came.get(number)! - number * FRAME_MS);
}

it("finds a stage of a pair dead as soon as without resting, from when the turn was due, and crosses without a hole", () => {
  for (const lagMs of [-10, 0, 5, 15]) {
    for (let diesAtMs = 1_000; diesAtMs < 1_000 + WITHIN_MS; diesAtMs += 7) {
      const lateMs = pairWhoseFirstDies(diesAtMs, lagMs);
      // The other's lag and a timer that comes a little later than needed; once a crossing, and the turn after it,
      // which is as late as that: nobody waits twice.
      const atMost = Math.max(0, lagMs) + 10;
      expect(lateMs.filter((ms) => ms > atMost).length).toBeLessThanOrEqual(2);
      expect(Math.max(...lateMs)).toBeLessThanOrEqual(atMost + 2 * FRAME_MS);
    }
  }
});
