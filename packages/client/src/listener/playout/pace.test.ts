import { describe, expect, it } from "vitest";
import { Pace } from "./pace.ts";

describe("Pace", () => {
  it("leaves small deviations alone", () => {
    const pace = new Pace();
    expect([0, 35, -35, 20].map((behindMs) => pace.rateFor(behindMs))).toEqual([1, 1, 1, 1]);
  });

  it("plays faster the further behind, but never so that voices change", () => {
    const pace = new Pace();
    expect(pace.rateFor(200)).toBeCloseTo(1.02);
    expect(pace.rateFor(9_000)).toBe(1.05);
  });

  it("plays slower to regain its margin", () => {
    const pace = new Pace();
    expect(pace.rateFor(-100)).toBeCloseTo(0.99);
    expect(pace.rateFor(-5_000)).toBe(0.98);
  });

  it("goes on correcting until it is nearly there", () => {
    const pace = new Pace();
    pace.rateFor(100);
    expect(pace.rateFor(20)).toBeGreaterThan(1);
    expect(pace.rateFor(5)).toBe(1);
    expect(pace.rateFor(20)).toBe(1);
  });
});
