import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noise } from "../../test/synthetic-voice.ts";
import { BEHIND_SAMPLES, truePeakAt, truePeaks } from "../loudness/oversample.ts";
import { RunningMin } from "../loudness/running-min.ts";
import { MOST_SAMPLES } from "./loops.ts";
import { vectors } from "./vectors.ts";

const loops = vectors();
const anything = fc.oneof(
  fc.float({ min: -2, max: 2 }),
  fc.float(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0),
);
const sound = (most: number) => fc.float32Array({ min: -2, max: 2, noNaN: true, maxLength: most });

/** What was taken, after `work`. */
function worked(pcm: Float32Array, work: () => void, block?: number): Float32Array {
  loops.take(pcm, block);
  work();
  const left = new Float32Array(pcm.length);
  loops.give(left);
  return left;
}

describe("loops over vectors", () => {
  it("mix as JavaScript does, whatever the length", () => {
    const pair = fc.array(fc.tuple(fc.float({ noNaN: true }), fc.float({ noNaN: true })), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(pair, (samples) => {
        const one = Float32Array.from(samples, ([sample]) => sample);
        const other = Float32Array.from(samples, ([, sample]) => sample);
        const half = worked(one, () => loops.mix(other, -0.5));
        // One rounding in JavaScript, two here.
        expect(half).toEqual(one.map((sample, i) => sample + Math.fround(other[i]! * -0.5)));
        const sum = worked(one, () => loops.mix(other, 1));
        expect(sum).toEqual(one.map((sample, i) => sample + other[i]!));
      }),
    );
  });

  it("find the peak of each block, and say where something is no number or infinite", () => {
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1, maxLength: 200 }), (samples) => {
        const pcm = Float32Array.from(samples);
        loops.take(pcm, 48);
        expect(loops.blockPeaks(pcm.length, 48)).toBe(pcm.every(Number.isFinite));
        for (let block = 0; block * 48 < pcm.length; block += 1) {
          const sane = pcm.subarray(48 * block, 48 * block + 48).filter(Number.isFinite);
          const peak = sane.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
          expect(loops.out[block]).toBe(peak);
        }
      }),
    );
  });

  it.each([1, 2] as const)("turn blocks of %i channels along straight lines", (channels) => {
    const pcm = noise(1, 960 * channels);
    loops.from.set([0.25, 1]);
    loops.step.set([0.01, -0.005]);
    const block = 48 * channels;
    const left = worked(pcm.subarray(0, 2 * block), () =>
      loops.ramps(2 * block, block, channels, 0.5),
    );
    for (const [i, sample] of left.entries()) {
      const at = Math.floor((i % block) / channels);
      const gain = i < block ? 0.25 + 0.01 * at : 1 - 0.005 * at;
      expect(sample).toBeCloseTo(Math.max(-0.5, Math.min(0.5, pcm[i]! * gain)), 6);
    }
  });

  it("leave nothing over the limit, and silence of what is no number", () => {
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1, maxLength: 48 }), (samples) => {
        loops.from[0] = 0.75;
        loops.step[0] = 0;
        const pcm = Float32Array.from(samples);
        const left = worked(pcm, () => loops.ramps(pcm.length, 48, 1, 0.5), 48);
        for (const [i, sample] of left.entries()) {
          if (Number.isNaN(pcm[i])) expect(sample).toBe(0);
          else expect(sample).toBeCloseTo(Math.max(-0.5, Math.min(0.5, pcm[i]! * 0.75)), 6);
          expect(Math.abs(sample)).toBeLessThanOrEqual(0.5);
        }
      }),
    );
  });

  it("say how much power a ramp leaves", () => {
    const pcm = noise(1, 960);
    let power = 0;
    const left = worked(pcm, () => {
      power = loops.rampPower(960, 0.5, 0.001);
    });
    expect(left[959]).toBeCloseTo(pcm[959]! * (0.5 + 0.959), 5);
    const wanted = left.reduce((sum, sample) => sum + sample * sample, 0);
    expect(power / wanted).toBeCloseTo(1, 4);
  });

  it("round to 16 bits, clip what is louder, and make silence of what is no number", () => {
    const pcm = Float32Array.of(0, 0.5, -0.5, 1, -1, 7, -7, Number.NaN, Infinity, 1.6 / 32_768);
    const whole = [0, 16_384, -16_384, 32_767, -32_768, 32_767, -32_768, 0, 32_767, 2];
    expect([...loops.int16(pcm)]).toEqual(whole);
  });

  it("find the same peaks between samples as one point after the other does", () => {
    const pcm = noise(1, 200);
    const peaks = truePeaks(pcm, BEHIND_SAMPLES, 150);
    for (let i = 0; i < 150; i += 1) {
      expect(peaks[i]).toBeCloseTo(truePeakAt(pcm, BEHIND_SAMPLES + i), 5);
    }
  });

  it("find the least of each window, from one piece to the next", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), sound(300), sound(300), (length, one, two) => {
        const least = new RunningMin(length, 1, 300);
        const all = [...one, ...two];
        const found = [one, two].flatMap((piece) => {
          const values = piece.slice();
          least.run(values);
          return [...values];
        });
        const wanted = all.map((_, i) => {
          const window = all.slice(Math.max(0, i - length + 1), i + 1);
          return Math.min(...window, ...(i < length - 1 ? [1] : []));
        });
        expect(found.map((value) => value + 0)).toEqual(wanted.map((value) => value + 0));
      }),
    );
  });

  it("take as much at once as they say", () => {
    const pcm = noise(1, MOST_SAMPLES);
    expect(worked(pcm, () => loops.mix(pcm, -1)).every((sample) => sample === 0)).toBe(true);
  });
});
