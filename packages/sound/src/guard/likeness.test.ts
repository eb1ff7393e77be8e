import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Likeness } from "./likeness.ts";

/** Loudness that jumps as speech does, repeatable. */
function levels(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return -55 + (40 * state) / 2 ** 32;
  });
}

function fed(mic: readonly number[], sent: readonly number[]): Likeness {
  const likeness = new Likeness();
  for (const [i, level] of mic.entries()) likeness.push(level, sent[i]!);
  return likeness;
}

describe("likeness of loudness", () => {
  it("is one where the microphone follows, however much softer, and small elsewhere", () => {
    const sent = levels(120, 7);
    const mic = sent.map((_, i) => (sent[i - 17] ?? -60) - 4);
    const likeness = fed(mic, sent);
    expect(likeness.at(17)).toBeGreaterThan(0.99);
    expect(likeness.at(9)).toBeLessThan(0.6);
    expect(likeness.best()).toBeGreaterThan(0.99);
  });

  it("is none where nothing changes: a hum follows nobody", () => {
    const hum = levels(120, 3).map(() => -30);
    expect(fed(hum, levels(120, 3)).best()).toBe(0);
    expect(fed(levels(120, 3), hum).at(4)).toBe(0);
  });

  it("is best where it is highest of all lags from one frame on", () => {
    const level = fc.float({ min: -90, max: 0, noNaN: true });
    const story = fc.array(fc.tuple(level, level), { minLength: 80, maxLength: 120 });
    fc.assert(
      fc.property(story, (frames) => {
        const likeness = fed(
          frames.map(([mic]) => mic),
          frames.map(([, sent]) => sent),
        );
        const lags = Array.from({ length: 48 }, (_, i) => likeness.at(i + 1));
        expect(likeness.best()).toBeCloseTo(Math.max(...lags), 4);
      }),
      { numRuns: 50 },
    );
  });
});
