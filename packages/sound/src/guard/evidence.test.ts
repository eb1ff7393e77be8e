import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Evidence } from "./evidence.ts";

const LOOK_FRAMES = 6;

interface Seen {
  readonly score: number;
  readonly lag: number;
  readonly colours: number;
}

/** After how many looks, one each 120 ms, there is an echo; -1: never. */
function looksUntilFound(seen: readonly Seen[], evidence = new Evidence()): number {
  return seen.findIndex(({ score, lag, colours }, i) =>
    evidence.take({ score, lag }, colours, i * LOOK_FRAMES),
  );
}

const times = (count: number, seen: Seen): Seen[] => Array.from({ length: count }, () => seen);

describe("evidence of an echo", () => {
  it("is enough at once where the peak is clear and the colours are those of what was sent", () => {
    expect(looksUntilFound([{ score: 7.5, lag: 500, colours: 0.8 }])).toBe(0);
    expect(looksUntilFound([{ score: 5.6, lag: 500, colours: 0.8 }])).toBe(0);
  });

  it("takes no peak, however high, for an echo at once where the colours are others", () => {
    expect(looksUntilFound(times(3, { score: 14, lag: 500, colours: 0.1 }))).toBe(-1);
  });

  it("is enough at two looks of one lag where the colours are less sure, not of two", () => {
    const seen = { score: 5.6, lag: 500, colours: 0.7 };
    expect(looksUntilFound(times(3, seen))).toBe(1);
    expect(looksUntilFound([seen, { ...seen, lag: 530 }])).toBe(-1);
    const evidence = new Evidence();
    const { score, lag, colours } = seen;
    expect([0, 600, 624].map((frame) => evidence.take({ score, lag }, colours, frame))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it("adds up under the owner's own voice, also where other peaks come between", () => {
    const echo = { score: 6.8, lag: 500, colours: 0.3 };
    const between = [100, 700, 300, 200].map((lag) => ({ score: 5.4, lag, colours: 0 }));
    const seen = times(8, echo).flatMap((look, i) => [look, between[i % 4]!]);
    const found = looksUntilFound(seen);
    expect(found).toBeGreaterThan(6);
    expect(seen[found]).toBe(echo);
  });

  it("fades: what comes back each eight seconds is never enough", () => {
    const evidence = new Evidence();
    const found = Array.from({ length: 100 }, (_, i) =>
      evidence.take({ score: 8, lag: 500 }, 0.5, i * 400),
    );
    expect(found).not.toContain(true);
  });

  it("is none in peaks that wander, and begins anew after a reset", () => {
    const wandering = fc.array(
      fc.record({
        score: fc.float({ min: 0, max: 14, noNaN: true }),
        colours: fc.float({ min: -1, max: Math.fround(0.6), noNaN: true }),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(wandering, (looks) => {
        const seen = looks.map((look, i) => ({ ...look, lag: (i * 37) % 960 }));
        expect(looksUntilFound(seen.slice(0, 25))).toBe(-1);
        const evidence = new Evidence();
        looksUntilFound(seen, evidence);
        evidence.reset();
        expect(evidence.take({ score: 6, lag: 37 }, 0.5, 400)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});
