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

/** The correlation as textbooks have it: of the last 25 frames with those so many frames earlier. */
function correlated(mic: readonly number[], sent: readonly number[], lag: number): number {
  const heard = (levels: readonly number[], back: number) =>
    levels.slice(levels.length - 25 - back, levels.length - back).map((db) => Math.max(-60, db));
  const centred = (values: number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  };
  const [m, s] = [centred(heard(mic, 0)), centred(heard(sent, lag))];
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  // A variance under 1 dB^2 counts as none.
  return dot(m, m) < 25 || dot(s, s) < 25 ? 0 : dot(m, s) / Math.sqrt(dot(m, m) * dot(s, s));
}

describe("likeness of loudness", () => {
  it("is one where the microphone follows, however much softer, and less where it doesn't", () => {
    const sent = levels(120, 7);
    const mic = sent.map((_, i) => (sent[i - 17] ?? -60) - 4);
    expect(fed(mic, sent).best()).toBeGreaterThan(0.99);
    expect(fed(levels(120, 8), sent).best()).toBeLessThan(0.7);
  });

  it("is none where nothing changes: a hum follows nobody", () => {
    const hum = levels(120, 3).map(() => -30);
    expect(fed(hum, levels(120, 3)).best()).toBe(0);
    expect(fed(levels(120, 3), hum).best()).toBe(0);
  });

  it("is best where it is highest of all lags from one frame on", () => {
    const level = fc.float({ min: -90, max: 0, noNaN: true });
    const story = fc.array(fc.tuple(level, level), { minLength: 80, maxLength: 120 });
    fc.assert(
      fc.property(story, (frames) => {
        const mic = frames.map(([db]) => db);
        const sent = frames.map(([, db]) => db);
        const lags = Array.from({ length: 48 }, (_, i) => correlated(mic, sent, i + 1));
        expect(fed(mic, sent).best()).toBeCloseTo(Math.max(...lags), 4);
      }),
      { numRuns: 50 },
    );
  });
});
