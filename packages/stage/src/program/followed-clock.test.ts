import fc from "fast-check";
import { expect, it } from "vitest";
import { FollowedClock } from "./followed-clock.ts";

const EPOCH_MS = 1_790_000_000_000;

/** Hears the first, whose clock is `aheadMs` ahead of ours, once in 100 ms. */
function hearing(
  clock: FollowedClock,
  fromMs: number,
  aheadMs: number,
  delaysMs: number[],
): number {
  delaysMs.forEach((delayMs, index) => {
    const sentMs = fromMs + index * 100;
    clock.hear(sentMs + aheadMs, sentMs + delayMs);
  });
  return fromMs + delaysMs.length * 100;
}

it("is the stage's own until the first is heard", () => {
  expect(new FollowedClock().spaceMs(EPOCH_MS)).toBe(EPOCH_MS);
});

it("runs with the first's, behind by the quickest message alone, whatever the clocks show", () => {
  const delays = fc.array(fc.double({ min: 1, max: 30, noNaN: true }), {
    minLength: 1,
    maxLength: 50,
  });
  fc.assert(
    fc.property(fc.integer({ min: -5_000, max: 5_000 }), delays, (aheadMs, delaysMs) => {
      const clock = new FollowedClock();
      const nowMs = hearing(clock, EPOCH_MS, aheadMs, delaysMs);
      const behindMs = nowMs + aheadMs - clock.spaceMs(nowMs);
      expect(behindMs).toBeCloseTo(Math.min(...delaysMs), 2);
    }),
  );
});

it("goes with a clock that was set, forth and back, within a second", () => {
  const clock = new FollowedClock();
  let nowMs = hearing(clock, EPOCH_MS, 0, [1, 2, 1]);
  nowMs = hearing(clock, nowMs, 700, [3, 1, 2, 3, 2]);
  expect(clock.spaceMs(nowMs)).toBeCloseTo(nowMs + 700 - 1, 2);
  nowMs = hearing(clock, nowMs, -1_300, [3, 1, 2, 3, 2]);
  expect(clock.spaceMs(nowMs)).toBeCloseTo(nowMs - 1_300 - 1, 2);
});

it("isn't moved by messages that are held up", () => {
  const clock = new FollowedClock();
  const nowMs = hearing(clock, EPOCH_MS, 0, [1, 1, 900, 800, 700, 600]);
  expect(clock.spaceMs(nowMs)).toBeCloseTo(nowMs - 1, 2);
});

it("isn't moved by what a link has held up and brings all at once, however much that is", () => {
  const clock = new FollowedClock();
  let nowMs = hearing(clock, EPOCH_MS, 0, [1, 1, 1]);
  // Said each tenth of a second for three seconds; heard together.
  nowMs = hearing(
    clock,
    nowMs,
    0,
    Array.from({ length: 30 }, (_, at) => 3_000 - at * 100),
  );
  expect(clock.spaceMs(nowMs)).toBeCloseTo(nowMs - 1, 2);
});
