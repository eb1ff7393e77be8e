import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { inStepWith } from "./in-step.ts";
import { IntelligibilityError, intelligibility } from "./intelligibility.ts";

function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Harmonics in syllables with pauses: as much like speech as a formula needs to be. */
function speechLike(seed: number, seconds: number): Float32Array {
  const random = randomNumbers(seed);
  const samples = new Float32Array(seconds * SAMPLE_RATE_HZ);
  for (let at = 0; at < samples.length; ) {
    const length = Math.round((0.08 + random() * 0.2) * SAMPLE_RATE_HZ);
    const loudness = random() < 0.25 ? 0 : 0.1 + random() * 0.3;
    const [pitchHz, formantHz] = [90 + random() * 120, 300 + random() * 2_500];
    for (let i = 0; i < Math.min(length, samples.length - at); i += 1) {
      const time = i / SAMPLE_RATE_HZ;
      let sample = 0;
      for (let harmonic = 1; harmonic <= 25; harmonic += 1) {
        const away = (harmonic * pitchHz - formantHz) / 400;
        sample += Math.sin(2 * Math.PI * harmonic * pitchHz * time) / (1 + away * away);
      }
      samples[at + i] = loudness * Math.sin((Math.PI * i) / length) * sample * 0.5;
    }
    at += length;
  }
  return samples;
}

const clean = speechLike(7, 6);

function withNoise(level: number): Float32Array {
  const random = randomNumbers(99);
  return clean.map((sample) => sample + level * (2 * random() - 1));
}

describe("intelligibility", () => {
  it("is 1 for the same sound, however loud", () => {
    expect(intelligibility(clean, clean)).toBeCloseTo(1, 6);
    expect(
      intelligibility(
        clean,
        clean.map((sample) => 0.1 * sample),
      ),
    ).toBeCloseTo(1, 6);
  });

  it("falls as noise rises", () => {
    const scores = [0, 0.01, 0.03, 0.1, 0.3, 1].map((level) =>
      intelligibility(clean, withNoise(level)),
    );
    for (const [index, score] of scores.slice(1).entries()) {
      expect(score).toBeLessThan(scores[index]!);
    }
    expect(scores.at(-1)).toBeLessThan(0.5);
  });

  it.each([
    [0.03, 0.96292],
    [0.1, 0.85004],
    [0.3, 0.6857],
  ])("says what another implementation says, with noise of %d", (level, reference) => {
    // pystoi 0.4.1 (MIT), with the same samples.
    expect(intelligibility(clean, withNoise(level))).toBeCloseTo(reference, 3);
  });

  it("is low for somebody else's speech", () => {
    expect(intelligibility(clean, speechLike(8, 6))).toBeLessThan(0.35);
  });

  it("can't be told of silence, nor of a moment", () => {
    expect(() => intelligibility(new Float32Array(48_000), clean)).toThrow(IntelligibilityError);
    expect(() => intelligibility(clean.subarray(0, 9_600), clean)).toThrow(IntelligibilityError);
  });
});

describe("sound is brought in step", () => {
  /** Later by `ms` from `fromSecond` on. */
  const late = (pcm: Float32Array, fromSecond: number, ms: number) => {
    const at = fromSecond * SAMPLE_RATE_HZ;
    const out = new Float32Array(pcm.length + (ms / 1000) * SAMPLE_RATE_HZ);
    out.set(pcm.subarray(0, at));
    out.set(pcm.subarray(at), out.length - pcm.length + at);
    return out;
  };

  it("where its delay changes on the way", () => {
    const heard = late(late(clean, 0, 40), 3, 60);
    const { delaysMs, samples } = inStepWith(clean, heard, { latestMs: 300 });
    expect(delaysMs[2]).toBeCloseTo(40, 0);
    expect(delaysMs.at(-3)).toBeCloseTo(100, 0);
    expect(intelligibility(clean, heard)).toBeLessThan(0.6);
    expect(intelligibility(clean, samples)).toBeGreaterThan(0.98);
  });

  it("where it comes sooner than what it is compared with", () => {
    const { delaysMs, samples } = inStepWith(late(clean, 0, 50), clean, {
      earliestMs: -100,
      latestMs: 100,
    });
    expect(delaysMs[4]).toBeCloseTo(-50, 0);
    expect(intelligibility(late(clean, 0, 50), samples)).toBeGreaterThan(0.99);
  });

  it("but a hole stays a hole", () => {
    const heard = late(clean, 0, 40);
    heard.fill(0, 2 * SAMPLE_RATE_HZ, 2.5 * SAMPLE_RATE_HZ);
    const { delaysMs } = inStepWith(clean, heard, { latestMs: 300 });
    expect(Math.max(...delaysMs) - Math.min(...delaysMs)).toBeLessThan(1);
  });
});
