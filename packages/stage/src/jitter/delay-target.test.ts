import { describe, expect, test } from "vitest";
import { DelayTarget, MAX_DELAY_MS, MIN_DELAY_MS, START_DELAY_MS } from "./delay-target.ts";

/** Packets of 20 ms, each late by what `lateMs` says. */
function observe(delay: DelayTarget, packets: number, lateMs: (index: number) => number): void {
  for (let index = 0; index < packets; index += 1) {
    delay.observe(index * 960, 1_000 + index * 20 + lateMs(index));
  }
}

describe("the delay that sound waits", () => {
  test("starts low and falls to its least on a perfect link", () => {
    const delay = new DelayTarget();
    expect(delay.targetMs).toBe(START_DELAY_MS);
    observe(delay, 1_000, () => 0);
    expect(delay.targetMs).toBe(MIN_DELAY_MS);
    expect(delay.jitterMs).toBe(0);
  });

  test("covers nearly all of the jitter that there is", () => {
    const delay = new DelayTarget();
    observe(delay, 1_000, (index) => (index * 7) % 60);
    expect(delay.targetMs).toBeGreaterThan(55);
    expect(delay.targetMs).toBeLessThan(80);
  });

  test("never exceeds its most, however wild the link", () => {
    const delay = new DelayTarget();
    observe(delay, 1_000, (index) => (index * 7919) % 900);
    expect(delay.targetMs).toBe(MAX_DELAY_MS);
  });

  test("rises at once after bursts and falls slowly when they stop", () => {
    const delay = new DelayTarget();
    const burstEnd = 400;
    observe(delay, burstEnd, (index) => (index % 10) * 10);
    const high = delay.targetMs;
    expect(high).toBeGreaterThan(80);
    const calm = (from: number, packets: number) => {
      for (let index = from; index < from + packets; index += 1) {
        delay.observe(index * 960, 1_000 + index * 20);
      }
    };
    calm(burstEnd, 250);
    expect(delay.targetMs).toBeGreaterThan(high - 40);
    calm(burstEnd + 250, 1_500);
    expect(delay.targetMs).toBeLessThan(high - 40);
  });

  test("knows a sender whose clock was replaced", () => {
    const delay = new DelayTarget();
    observe(delay, 10, () => 0);
    expect(delay.isNewClock(10 * 960, 1_200)).toBe(false);
    expect(delay.isNewClock(10 * 960, 1_200 + 300)).toBe(false);
    expect(delay.isNewClock(10_000 * 960, 1_200)).toBe(true);
    delay.reset();
    expect(delay.isNewClock(10_000 * 960, 1_200)).toBe(false);
  });

  test("is what it was after a process stood still, again and again, while packets came on", () => {
    const delay = new DelayTarget();
    observe(delay, 500, () => 0);
    // Awake for 40 ms, still for 120: all that came is found at its end, the oldest frame being due.
    for (let index = 500; index < 1_500; index += 1) {
      const sentMs = 1_000 + index * 20;
      const stillSinceMs = Math.floor(sentMs / 160) * 160;
      const awakeMs = Math.max(sentMs, stillSinceMs + 120);
      const earliestMs = sentMs < awakeMs ? stillSinceMs : sentMs;
      delay.observe(index * 960, delay.likelyArrivalMs(index * 960, earliestMs, awakeMs));
      // Sound that is due now doesn't seem to have waited: nothing is cut to catch up with it.
      expect(delay.delayMs(index * 960, sentMs)).toBeCloseTo(0, 6);
    }
    expect(delay.targetMs).toBe(MIN_DELAY_MS);
  });
});
