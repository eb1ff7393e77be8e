import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "./histogram.ts";

function of(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

const someMs = fc.array(fc.double({ min: 0, max: 4_000_000, noNaN: true }), { minLength: 1 });

describe("a histogram", () => {
  it("gives every percentile within a millisecond or two per cent", () => {
    fc.assert(
      fc.property(someMs, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
        const found = of(values).percentile(share)!;
        expect(found).toBeGreaterThanOrEqual(exact);
        expect(found).toBeLessThanOrEqual(exact + Math.max(1, exact * 0.02));
      }),
    );
  });

  it("knows its largest value exactly", () => {
    expect(of([3, 812.25, 40]).percentile(1)).toBe(812.25);
    expect(of([3, 812.25, 40]).max).toBe(812.25);
  });

  it("adds up: two parts sent elsewhere are the whole", () => {
    fc.assert(
      fc.property(someMs, someMs, (a, b) => {
        const sum = of(a);
        sum.merge(structuredClone(of(b).toData()));
        expect(sum.toData()).toEqual(of([...a, ...b]).toData());
        expect(sum.count).toBe(a.length + b.length);
      }),
    );
  });

  it("counts what is above a bound", () => {
    expect(of([10, 1_999, 2_100, 30_000]).above(2_000)).toBe(2);
    expect(of([]).above(0)).toBe(0);
  });

  it("says nothing of nothing, and takes a negative value for none", () => {
    expect(of([]).percentile(0.5)).toBeUndefined();
    expect(of([-5]).percentile(0.5)).toBe(0);
  });

  it("holds even what no one waits for", () => {
    const histogram = of([1e12]);
    expect(histogram.percentile(0.5)).toBeGreaterThan(4_000_000);
    expect(histogram.max).toBe(1e12);
  });

  it("draws a curve that ends at the whole", () => {
    const curve = of([1, 2, 3, 400]).curve();
    expect(curve.at(-1)).toEqual({ valueMs: 400, share: 1 });
    expect(curve.map((point) => point.share)).toEqual([0.25, 0.5, 0.75, 1]);
  });

  it("is empty again when it is cleared", () => {
    const histogram = of([1, 2]);
    histogram.clear();
    expect(histogram.toData()).toEqual({ buckets: [], max: 0 });
    expect(histogram.count).toBe(0);
  });
});
