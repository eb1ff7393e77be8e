import fc from "fast-check";
import { expect, it } from "vitest";
import { CaptureClock } from "./capture-clock.ts";

const BEGAN_MS = 1_000;

/** @param lateMs by how much each frame is handed over late; undefined: the microphone is away */
function clockAfter(lateMs: readonly number[]): CaptureClock {
  const clock = new CaptureClock();
  for (const [index, late] of lateMs.entries()) clock.note(BEGAN_MS + (index + 1) * 20 + late);
  return clock;
}

it("knows when a frame began, however late the page was with most of them", () => {
  const late = fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { minLength: 60 });
  fc.assert(
    fc.property(late, (lateMs) => {
      const punctual = lateMs.map((ms, index) => (index % 40 === 0 ? 0 : ms));
      const clock = clockAfter(punctual);
      expect(clock.newestAtMs).toBeCloseTo(BEGAN_MS + (lateMs.length - 1) * 20, 6);
    }),
  );
});

it("has forgotten after two seconds how it was before a pause of the microphone", () => {
  const clock = clockAfter(Array.from({ length: 300 }, (_, index) => (index < 200 ? 0 : 700)));
  expect(clock.newestAtMs).toBeCloseTo(BEGAN_MS + 299 * 20 + 700, 6);
});

it("gives two that are fed alike the same time, whenever each began", () => {
  const [one, other] = [new CaptureClock(), new CaptureClock()];
  for (let n = 0; n < 120; n += 1) {
    const lateMs = n % 7 === 0 ? 0 : 15;
    one.note(n * 20 + lateMs);
    if (n >= 30) other.note(n * 20 + lateMs);
  }
  expect(one.newestAtMs).toBeCloseTo(other.newestAtMs, 6);
  expect([one.frames, other.frames]).toEqual([120, 90]);
});
