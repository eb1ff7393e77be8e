import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  errorDb,
  framesOf,
  joinSound,
  noise,
  sine,
  syntheticVoice,
} from "../../test/synthetic-voice.ts";
import {
  LIMITER_LATENCY_SAMPLES,
  TRUE_PEAK_CEILING_DBTP,
  TruePeakLimiter,
} from "./true-peak-limiter.ts";
import { SILENCE_DBTP, TruePeakMeter } from "./true-peak-meter.ts";

function truePeak(pcm: Float32Array, channels: 1 | 2 = 1): number {
  const meter = new TruePeakMeter({ channels });
  meter.push(pcm);
  // What lies between the last samples is known only once others follow.
  meter.push(new Float32Array(40));
  return meter.peakDbtp;
}

function limited(pcm: Float32Array, limiter = new TruePeakLimiter()): Float32Array {
  const frames = framesOf(pcm).map((frame) => frame.slice());
  for (const frame of frames) limiter.process(frame);
  return joinSound(frames);
}

function largestStep(pcm: Float32Array): number {
  let largest = 0;
  for (let i = 1; i < pcm.length; i += 1) {
    largest = Math.max(largest, Math.abs(pcm[i]! - pcm[i - 1]!));
  }
  return largest;
}

describe("the true-peak meter", () => {
  // EBU Tech 3341, table 1, tests 15 to 19: the peak lies between the samples.
  it.each([
    [15, 4, 0, 0.5, -6],
    [16, 4, 45, 0.5, -6],
    [17, 6, 60, 0.5, -6],
    [18, 8, 67.5, 0.5, -6],
    [19, 4, 45, 1.41, 3],
  ])(
    "reads test signal %d of EBU Tech 3341 within its tolerance",
    (_number, divisor, degrees, amplitude, dbtp) => {
      const pcm = Float32Array.from(
        { length: 48_000 },
        (_, i) => amplitude * Math.sin((2 * Math.PI * i) / divisor + (degrees * Math.PI) / 180),
      );
      // Fades, as the signals have them: a tone that is cut off rings beyond its own height.
      for (let i = 0; i < 4_800; i += 1) {
        pcm[i] = (pcm[i]! * i) / 4_800;
        pcm[47_999 - i] = (pcm[47_999 - i]! * i) / 4_800;
      }
      expect(truePeak(pcm)).toBeGreaterThan(dbtp - 0.4);
      expect(truePeak(pcm)).toBeLessThan(dbtp + 0.2);
    },
  );

  it("takes the higher of two channels", () => {
    const pcm = Float32Array.from({ length: 9_600 }, (_, i) =>
      i % 2 === 0 ? 0.1 : 0.5 * Math.sin(i / 50),
    );
    expect(truePeak(pcm, 2)).toBeCloseTo(-6, 0);
  });

  it("doesn't care how the sound is cut", () => {
    const pcm = noise(0.3, 4_000);
    const whole = truePeak(pcm);
    fc.assert(
      fc.property(fc.array(fc.nat(1_500), { maxLength: 8 }), (lengths) => {
        const meter = new TruePeakMeter();
        let at = 0;
        for (const length of [...lengths, pcm.length, 40]) {
          meter.push(at < pcm.length ? pcm.subarray(at, at + length) : new Float32Array(40));
          at += length;
        }
        meter.push(new Float32Array(40));
        expect(meter.peakDbtp).toBeCloseTo(whole, 6);
      }),
    );
  });

  it("reads silence as the floor, and begins anew when it is reset", () => {
    const meter = new TruePeakMeter();
    expect(meter.peakDbtp).toBe(SILENCE_DBTP);
    meter.push(sine(1_000, 1, 4_800));
    meter.reset();
    meter.push(new Float32Array(960));
    expect(meter.peakDbtp).toBe(SILENCE_DBTP);
  });
});

describe("the true-peak limiter", () => {
  it("lets nothing above -1 dBTP, whatever comes in and however it is cut", () => {
    const wild = fc.oneof(
      { weight: 4, arbitrary: fc.float({ min: -2, max: 2, noNaN: true }) },
      { weight: 2, arbitrary: fc.float() },
      {
        weight: 1,
        arbitrary: fc.constantFrom(0, 1, -1, 16, -16, Infinity, -Infinity, Number.NaN, 3.4e38),
      },
    );
    const piece = fc.oneof(
      fc.array(wild, { maxLength: 400 }),
      // The worst for what lies between samples: full steps in any order, in loud and quiet parts.
      fc
        .tuple(fc.constantFrom(0.01, 0.5, 1, 3, 16), fc.array(fc.boolean(), { maxLength: 1_500 }))
        .map(([level, signs]) => signs.map((sign) => (sign ? level : -level))),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const limiter = new TruePeakLimiter();
        const out = [...pieces, Array.from({ length: 200 }, () => 0)].map((samples) => {
          const pcm = Float32Array.from(samples);
          limiter.process(pcm);
          return pcm;
        });
        expect(truePeak(joinSound(out))).toBeLessThanOrEqual(TRUE_PEAK_CEILING_DBTP);
        expect(limiter.gain).toBeGreaterThan(0);
        expect(limiter.gain).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });

  it("is late by 71 samples, and leaves sound under the ceiling as it is, bit by bit", () => {
    const voice = syntheticVoice(1);
    const out = limited(voice);
    expect(LIMITER_LATENCY_SAMPLES).toBe(71);
    expect(out.subarray(71)).toEqual(voice.subarray(0, out.length - 71));
    expect(out.subarray(0, 71)).toEqual(new Float32Array(71));
  });

  it("is late by the same while it limits", () => {
    const loud = syntheticVoice(2).map((sample) => sample * 4);
    const out = limited(loud);
    const late = (lag: number) =>
      out.reduce((sum, sample, i) => sum + sample * (loud[i - lag] ?? 0), 0);
    const best = [69, 70, 71, 72, 73].toSorted((a, b) => late(b) - late(a))[0];
    expect(best).toBe(LIMITER_LATENCY_SAMPLES);
  });

  it("turns a tone at +6 dB down to the ceiling with little distortion", () => {
    const out = limited(sine(1_000, 2, FRAME_SAMPLES * 50)).subarray(FRAME_SAMPLES * 10);
    expect(truePeak(out)).toBeGreaterThan(TRUE_PEAK_CEILING_DBTP - 0.3);
    const first = FRAME_SAMPLES * 10 - LIMITER_LATENCY_SAMPLES;
    const pure = sine(1_000, 10 ** (-1.2 / 20), FRAME_SAMPLES * 51).subarray(first);
    expect(errorDb(out, pure.subarray(0, out.length))).toBeLessThan(-40);
  });

  it("is down before the loud sound comes, without a step in what is there", () => {
    // A steady offset shows the gain itself.
    const pcm = new Float32Array(9_600).fill(0.1);
    for (let i = 4_800; i < 9_600; i += 1) pcm[i] = 0.1 + 3 * Math.sin((i - 4_800) / 20);
    const out = limited(pcm);
    const shout = 4_800 + LIMITER_LATENCY_SAMPLES;
    expect(largestStep(out.subarray(LIMITER_LATENCY_SAMPLES, shout))).toBeLessThan(0.003);
    expect(out[shout - 100]).toBeCloseTo(0.1, 6);
    expect(out[shout - 1]).toBeLessThan(0.05);
  });

  it("comes back to full gain within a second after a shout, in small steps only", () => {
    const limiter = new TruePeakLimiter();
    const out = limited(
      joinSound([sine(500, 3, FRAME_SAMPLES), new Float32Array(SAMPLE_RATE_HZ).fill(0.3)]),
      limiter,
    );
    expect(limiter.gain).toBeGreaterThan(0.99);
    expect(largestStep(out.subarray(FRAME_SAMPLES + 2 * LIMITER_LATENCY_SAMPLES))).toBeLessThan(
      0.001,
    );
  });

  it("turns both channels down alike", () => {
    const pcm = Float32Array.from({ length: 9_600 }, (_, i) =>
      i % 2 === 0 ? 2 * Math.sin(i / 40) : 0.1,
    );
    const limiter = new TruePeakLimiter({ channels: 2 });
    for (let at = 0; at < pcm.length; at += 1_920) limiter.process(pcm.subarray(at, at + 1_920));
    const right = pcm.filter((_, i) => i % 2 === 1).subarray(2_000);
    expect(Math.max(...right)).toBeLessThan(0.06);
    expect(truePeak(pcm, 2)).toBeLessThanOrEqual(TRUE_PEAK_CEILING_DBTP);
  });

  it("forgets what is inside when it is reset", () => {
    const limiter = new TruePeakLimiter();
    limiter.process(sine(500, 3, FRAME_SAMPLES));
    limiter.reset();
    const silence = new Float32Array(FRAME_SAMPLES);
    limiter.process(silence);
    expect(silence).toEqual(new Float32Array(FRAME_SAMPLES));
    expect(limiter.gain).toBe(1);
  });

  it("refuses half of a pair and changes nothing", () => {
    const pcm = Float32Array.of(5, 5, 5);
    const process = () => new TruePeakLimiter({ channels: 2 }).process(pcm);
    expect(process).toThrow(expect.objectContaining({ code: "bad-length" }));
    expect([...pcm]).toEqual([5, 5, 5]);
  });
});
