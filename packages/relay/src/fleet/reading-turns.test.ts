import { VirtualClock } from "@rostra/testkit";
import { FRAME_MS, newSpaceId, type ProgramFrame } from "@rostra/wire";
import { beforeEach, expect, it } from "vitest";
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
