import { describe, expect, it } from "vitest";
import { Pace } from "./pace.ts";

describe("Pace", () => {
  it("leaves small deviations alone", () => {
    const pace = new Pace();
    expect([0, 35, -35, 20].map((behindMs) => pace.rateFor(behindMs))).toEqual([1, 1, 1, 1]);
  });

  it("plays faster the further behind, at most a quarter", () => {
    const pace = new Pace();
    expect(pace.rateFor(200)).toBeCloseTo(1.04);
    expect(pace.rateFor(1_250)).toBe(1.25);
    expect(pace.rateFor(300_000)).toBe(1.25);
  });

  it("plays slower to have more in hand, at most by a tenth", () => {
    const pace = new Pace();
    expect(pace.rateFor(-50)).toBeCloseTo(0.95);
    expect(pace.rateFor(-5_000)).toBe(0.9);
  });

  it("goes on correcting until it is nearly there", () => {
    const pace = new Pace();
    pace.rateFor(100);
    expect(pace.rateFor(20)).toBeGreaterThan(1);
    expect(pace.rateFor(5)).toBe(1);
    expect(pace.rateFor(20)).toBe(1);
  });
});
