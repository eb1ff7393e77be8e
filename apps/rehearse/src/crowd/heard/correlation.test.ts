import { describe, expect, it } from "vitest";
import { LoudnessMatch, rms } from "./correlation.ts";

function match(heard: readonly number[], program: readonly number[]): LoudnessMatch {
  const found = new LoudnessMatch();
  for (const [at, value] of heard.entries()) found.add(value, program[at]!);
  return found;
}

describe("the match of two loudness curves", () => {
  it("is 1 for the same curve, louder or not, and -1 for its opposite", () => {
    expect(match([0.1, 0.2, 0.3], [0.1, 0.2, 0.3]).correlation).toBeCloseTo(1);
    expect(match([0.1, 0.2, 0.3], [0.2, 0.4, 0.6]).correlation).toBeCloseTo(1);
    expect(match([0.1, 0.2, 0.3], [0.3, 0.2, 0.1]).correlation).toBeCloseTo(-1);
  });

  it("has nothing to say where one of them is flat", () => {
    expect(match([0, 0, 0], [0.1, 0.2, 0.3]).correlation).toBeNull();
    expect(match([], []).correlation).toBeNull();
  });

  it("tells level and longest silence of what was heard", () => {
    const found = match([0.1, 0, 0, 0, 0.1, 0], [0, 0, 0, 0, 0, 0]);
    expect(found.longestSilentFrames).toBe(3);
    expect(found.levelDbfs).toBeCloseTo(-24.77, 1);
    expect(match([0, 0], [0.1, 0.1]).levelDbfs).toBeNull();
  });

  it("measures a full-scale square wave as 1", () => {
    expect(rms(Float32Array.of(1, -1, 1, -1))).toBe(1);
    expect(rms(new Float32Array(0))).toBe(0);
  });
});
