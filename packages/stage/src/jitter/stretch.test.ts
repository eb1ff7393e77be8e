import { interleaved, sideOf } from "@rostra/sound";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { findLag, joinAlike, lengthen, MAX_LAG, SEAM_SAMPLES, shorten } from "./stretch.ts";

function tone(hz: number, samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, i) =>
    Math.sin((2 * Math.PI * hz * i) / SAMPLE_RATE_HZ),
  );
}

function largestStep(pcm: Float32Array): number {
  let largest = 0;
  for (let i = 1; i < pcm.length; i += 1) {
    largest = Math.max(largest, Math.abs(pcm[i]! - pcm[i - 1]!));
  }
  return largest;
}

describe("stretching", () => {
  test("takes a whole number of periods of a voice", () => {
    const lag = findLag(tone(200, 960), 600);
    expect(lag % 240).toBe(0);
    expect(lag).toBeGreaterThan(0);
  });

  test("cuts both channels of stereo alike", () => {
    const [left, right] = [tone(200, 960), tone(400, 960)];
    const pcm = interleaved(left, right);
    const lag = findLag(pcm, 600, false, 2);
    expect(lag % 240).toBe(0);
    expect(lag).toBeGreaterThan(0);
    for (const change of [shorten, lengthen]) {
      const changed = change(pcm, lag, 2);
      const alone = change(left, lag);
      expect(sideOf(changed, "left").length).toBe(alone.length);
      expect(largestStep(sideOf(changed, "left"))).toBeLessThan(largestStep(left) * 1.1);
      expect(largestStep(sideOf(changed, "right"))).toBeLessThan(largestStep(right) * 1.1);
    }
    const joined = joinAlike(pcm.subarray(0, 2 * (SEAM_SAMPLES + MAX_LAG)), pcm, 2);
    expect(largestStep(sideOf(joined, "right"))).toBeLessThan(largestStep(right) * 1.1);
  });

  test("leaves noise alone unless it must", () => {
    let state = 1;
    const noise = Float32Array.from({ length: 960 }, () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 1_073_741_823.5 - 1;
    });
    expect(findLag(noise, 600)).toBe(0);
    expect(findLag(noise, 600, true)).toBeGreaterThanOrEqual(120);
  });

  test("takes as much of silence as is asked for, and nothing where that is too little", () => {
    expect(findLag(new Float32Array(960), 5_000)).toBe(600);
    expect(findLag(new Float32Array(960), 300)).toBe(300);
    expect(findLag(new Float32Array(960), 100)).toBe(0);
  });

  test("changes the length by the lag and makes no click", () => {
    const pcm = tone(200, 960);
    const shorter = shorten(pcm, 240);
    const longer = lengthen(pcm, 240);
    expect([shorter.length, longer.length]).toEqual([720, 1_200]);
    expect(largestStep(shorter)).toBeLessThan(largestStep(pcm) * 1.1);
    expect(largestStep(longer)).toBeLessThan(largestStep(pcm) * 1.1);
  });

  test("begins and ends with the sound that came and that will follow", () => {
    const pcm = tone(130, 960);
    const lag = findLag(pcm, 600);
    for (const changed of [shorten(pcm, lag), lengthen(pcm, lag)]) {
      expect(changed[0]).toBeCloseTo(pcm[0]!, 1);
      expect(changed.at(-1)).toBe(pcm.at(-1));
    }
  });

  test("joins sound to what would have come instead where their waves fit", () => {
    const more = tone(190, MAX_LAG + SEAM_SAMPLES);
    const late = tone(190, 1_060).subarray(100);
    const joined = joinAlike(more, late);
    expect(joined.length).toBeGreaterThan(late.length);
    expect(joined.length).toBeLessThanOrEqual(late.length + MAX_LAG);
    expect(joined[0]).toBeCloseTo(more[0]!, 2);
    expect(joined.at(-1)).toBe(late.at(-1));
    expect(largestStep(joined)).toBeLessThan(largestStep(late) * 1.1);
  });

  test("joins at once where there is nothing to choose from", () => {
    const joined = joinAlike(tone(190, SEAM_SAMPLES), tone(300, 960));
    expect(joined.length).toBe(960);
    expect(joined[0]).toBeCloseTo(0, 2);
  });
});
