import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameClock } from "./frame-clock.ts";

const EPOCH_MS = 1_000_000;

describe("the frame clock", () => {
  test("makes each frame due when its 20 ms begin", () => {
    const clock = new FrameClock(EPOCH_MS, 10);
    expect(clock.take(EPOCH_MS + 199.9)).toEqual({ first: 10, count: 0, skipped: 0 });
    expect(clock.take(EPOCH_MS + 200)).toEqual({ first: 10, count: 1, skipped: 0 });
    expect(clock.take(EPOCH_MS + 200)).toEqual({ first: 11, count: 0, skipped: 0 });
    expect(clock.nextMs).toBe(EPOCH_MS + 220);
  });

  test("makes up what a late tick missed", () => {
    const clock = new FrameClock(EPOCH_MS, 0);
    clock.take(EPOCH_MS);
    expect(clock.take(EPOCH_MS + 125)).toEqual({ first: 1, count: 6, skipped: 0 });
  });

  test("jumps on after a pause of more than a second, and counts what it skips", () => {
    const clock = new FrameClock(EPOCH_MS, 0);
    clock.take(EPOCH_MS);
    expect(clock.take(EPOCH_MS + 1_000)).toEqual({ first: 1, count: 50, skipped: 0 });
    expect(clock.take(EPOCH_MS + 2_020)).toEqual({ first: 101, count: 1, skipped: 50 });
  });

  test("waits where the line is ahead of the clock", () => {
    const clock = new FrameClock(EPOCH_MS, 5);
    expect(clock.take(EPOCH_MS).count).toBe(0);
    expect(clock.take(EPOCH_MS + 100)).toEqual({ first: 5, count: 1, skipped: 0 });
  });

  test("accounts for every frame exactly once, whatever the timers do", () => {
    const waits = fc.array(fc.double({ min: 0, max: 3_000, noNaN: true }), { maxLength: 100 });
    fc.assert(
      fc.property(waits, (waitsMs) => {
        const clock = new FrameClock(EPOCH_MS, 0);
        let [nowMs, next, made, skipped] = [EPOCH_MS, 0, 0, 0];
        for (const waitMs of waitsMs) {
          nowMs += waitMs;
          const due = clock.take(nowMs);
          expect(due.first).toBe(next + due.skipped);
          next = due.first + due.count;
          made += due.count;
          skipped += due.skipped;
          expect(clock.nextMs).toBeGreaterThan(nowMs);
          expect(clock.nextMs - nowMs).toBeLessThanOrEqual(20);
        }
        expect(made + skipped).toBe(next);
      }),
    );
  });
});
