import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comeBackMs } from "./come-back.ts";

const NEAR = { cadenceMs: 100, joinMs: 20 };

describe("coming back after a connection that broke", () => {
  it("begins with those who have least sound left", () => {
    const order = [90, 60, 30, 0].map((sinceMs) => comeBackMs({ ...NEAR, sinceMs }, 0));
    expect(order.map(Math.round)).toEqual([4, 14, 25, 35]);
  });

  it("is at once where a chunk was due, or where connections take longer than the sound lasts", () => {
    expect(comeBackMs({ ...NEAR, sinceMs: 250 }, 0)).toBe(0);
    expect(comeBackMs({ ...NEAR, joinMs: 400, sinceMs: 0 }, 0)).toBe(0);
  });

  it("spreads more where chunks are longer, and less where connections take long", () => {
    const longMs = (joinMs: number) => comeBackMs({ cadenceMs: 1_000, sinceMs: 500, joinMs }, 0);
    expect(longMs(20)).toBeCloseTo(0.35 * 500);
    expect(longMs(300)).toBeCloseTo(0.35 * (500 + 400 - 600));
  });

  it("takes more of what can be spared, and needs less, where a link stands by", () => {
    const byStandby = (random: number) =>
      comeBackMs({ cadenceMs: 1_000, sinceMs: 500, joinMs: 300, standsBy: true }, random);
    expect(byStandby(0)).toBeCloseTo(0.6 * 500);
    expect(byStandby(0.5)).toBeCloseTo(0.8 * 500 + 10);
  });

  it("spreads those who have as much left", () => {
    expect(comeBackMs({ ...NEAR, sinceMs: 100 }, 0.5)).toBe(10);
    const all = [0, 1].map((random) => comeBackMs({ ...NEAR, sinceMs: 0 }, random));
    expect(all.map(Math.round)).toEqual([35, 90]);
  });

  it("never waits until the sound is used up, whatever came before", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(100, 200, 500, 1_000),
        fc.double({ min: 0, max: 20_000, noNaN: true }),
        fc.double({ min: 0, max: 10_000, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.boolean(),
        (cadenceMs, sinceMs, joinMs, random, standsBy) => {
          const waitMs = comeBackMs({ cadenceMs, sinceMs, joinMs, standsBy }, random);
          expect(waitMs).toBeGreaterThanOrEqual(0);
          expect(waitMs).toBeLessThanOrEqual(Math.max(0, cadenceMs - sinceMs) + 20);
        },
      ),
    );
  });
});
