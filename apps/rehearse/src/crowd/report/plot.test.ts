import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawPlot, escapeHtml } from "./plot.ts";

const point = fc.tuple(
  fc.double({ min: 0, max: 1e7, noNaN: true }),
  fc.double({ min: 0, max: 1e9, noNaN: true }),
);

/** The texts of an axis, left to right. */
function ticksOf(svg: string, anchor: string): string[] {
  const pattern = new RegExp(`text-anchor="${anchor}"[^>]*>([^<]*)<`, "g");
  return [...svg.matchAll(pattern)].map((match) => match[1]!);
}

describe("a plot", () => {
  it("draws any curve within its frame", () => {
    fc.assert(
      fc.property(
        fc.array(point, { minLength: 1, maxLength: 50 }),
        fc.boolean(),
        (points, xLog) => {
          const sorted = points.sort(([a], [b]) => a - b);
          const curves = [{ name: "a", points: sorted }];
          const svg = drawPlot({ title: "t", xLabel: "x", yText: String, curves, xLog });
          const path = /d="([^"]+)"/.exec(svg)?.[1] ?? "";
          for (const [, x, y] of path.matchAll(/[ML]([-\d.]+) ([-\d.]+)/g)) {
            expect(Number(x)).toBeGreaterThanOrEqual(64);
            expect(Number(x)).toBeLessThanOrEqual(628.1);
            expect(Number(y)).toBeGreaterThanOrEqual(11.9);
            expect(Number(y)).toBeLessThanOrEqual(186.1);
          }
          expect(svg).not.toMatch(/NaN|Infinity/);
        },
      ),
    );
  });

  it("draws values that are hardly more than nothing", () => {
    const points = [[0, Number.MIN_VALUE] as const];
    const svg = drawPlot({
      title: "t",
      xLabel: "x",
      yText: String,
      curves: [{ name: "a", points }],
    });
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it("ends, too, where its points are as near to each other as numbers can be", () => {
    const points = [
      [9_999_999.999999965, 0],
      [9_999_999.999999968, 0],
    ] as const;
    const curves = [{ name: "a", points }];
    expect(drawPlot({ title: "t", xLabel: "x", yText: String, curves })).toContain("<svg");
  });

  it("has round numbers at its axes", () => {
    const points = [
      [1, 3],
      [140, 97],
    ] as const;
    const plot = { title: "t", xLabel: "x", yText: String, curves: [{ name: "a", points }] };
    expect(ticksOf(drawPlot(plot), "end")).toEqual(["0", "25", "50", "75", "100"]);
    expect(ticksOf(drawPlot(plot), "middle")).toEqual([
      "20",
      "40",
      "60",
      "80",
      "100",
      "120",
      "140",
      "x",
    ]);
    const spread = [
      [3, 0.1],
      [700, 1],
    ] as const;
    const log = drawPlot({ ...plot, curves: [{ name: "a", points: spread }], xLog: true });
    expect(ticksOf(log, "middle")).toEqual(["5", "10", "20", "50", "100", "200", "500", "x"]);
  });

  it("keeps the last point of a curve that is too long to draw whole", () => {
    const points = Array.from({ length: 5_000 }, (_, at) => [at, at] as const);
    const svg = drawPlot({
      title: "t",
      xLabel: "x",
      yText: String,
      curves: [{ name: "a", points }],
    });
    expect(svg).toContain("L628.0 12.0");
    expect(svg.match(/L/g)!.length).toBeLessThan(1_300);
  });

  it("lets no text out of its place", () => {
    expect(escapeHtml(`<a title="&">`)).toBe("&lt;a title=&quot;&amp;&quot;&gt;");
  });
});
