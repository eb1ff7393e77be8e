import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { steadyTime } from "./clock.ts";
import { FRAME_MS, frameNumberAt } from "./frame.ts";

const START_MS = 1_800_000_000_000;

/** A machine whose wall clock can be set. */
function machine() {
  let countMs = 5_000;
  let wallMs = START_MS;
  const now = steadyTime({ monotonicMs: () => countMs, wallMs: () => Math.floor(wallMs) });
  return {
    now,
    step: (ms: number) => (wallMs += ms),
    /** Time goes by, looked at as often as a stage does. */
    pass(ms: number, lookEveryMs = FRAME_MS) {
      for (let passed = 0; passed < ms; passed += lookEveryMs) {
        countMs += lookEveryMs;
        wallMs += lookEveryMs;
        now();
      }
    },
    get offMs() {
      return wallMs - now();
    },
  };
}

const MINUTE_MS = 60_000;

describe("the time of a process", () => {
  it("is the wall clock's while nobody sets that", () => {
    const { now, pass } = machine();
    expect(now()).toBe(START_MS);
    pass(10 * MINUTE_MS);
    expect(now()).toBe(START_MS + 10 * MINUTE_MS);
  });

  it.each([2_000, -2_000])(
    "follows a step of %d ms within about an hour, no frame lost",
    (stepMs) => {
      const it = machine();
      it.step(stepMs);
      expect(Math.abs(it.offMs)).toBe(2_000);
      let last = frameNumberAt(START_MS, it.now());
      for (let minute = 0; minute < 70; minute += 1) {
        it.pass(MINUTE_MS);
        const number = frameNumberAt(START_MS, it.now());
        // 3,000 frames a minute, and one or two more or fewer.
        expect(Math.abs(number - last - 3_000)).toBeLessThanOrEqual(2);
        last = number;
      }
      expect(Math.abs(it.offMs)).toBeLessThanOrEqual(2);
    },
  );

  it.each([3_600_000, -3_600_000])("takes no notice of a step of %d ms", (stepMs) => {
    const it = machine();
    it.step(stepMs);
    it.pass(MINUTE_MS);
    expect(it.now()).toBe(START_MS + MINUTE_MS);
    it.step(-stepMs);
    it.pass(MINUTE_MS);
    expect(it.now()).toBe(START_MS + 2 * MINUTE_MS);
  });

  it("never goes back, nor ahead by more than half a thousandth, whatever is done to the clock", () => {
    const event = fc.record({
      stepMs: fc.oneof(fc.constant(0), fc.integer({ min: -5_000_000, max: 5_000_000 })),
      passMs: fc.integer({ min: 1, max: 5_000 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 50 }), (events) => {
        const it = machine();
        let before = it.now();
        for (const { stepMs, passMs } of events) {
          it.step(stepMs);
          it.pass(passMs, passMs);
          const passedMs = it.now() - before;
          expect(passedMs).toBeGreaterThan(0);
          // What is made good at a look is for all the time since the one before, up to 100 ms more.
          const mostMs = (passMs + 100) * 501e-6 + 1e-3;
          expect(Math.abs(passedMs - passMs)).toBeLessThanOrEqual(mostMs);
          before = it.now();
        }
      }),
    );
  });
});
