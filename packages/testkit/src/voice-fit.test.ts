import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { expect, it } from "vitest";
import { findVoice, fitVoices, gainsOf, voiceAt } from "./voice-fit.ts";

/** Noise in bursts of its own rhythm: as little like another voice as two people are. */
function voice(seed: number, seconds: number): Float32Array {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const samples = new Float32Array(seconds * SAMPLE_RATE_HZ);
  for (let at = 0; at < samples.length; ) {
    const length = Math.round((0.05 + random() * 0.25) * SAMPLE_RATE_HZ);
    const loudness = random() < 0.4 ? 0 : random();
    for (let i = at; i < Math.min(at + length, samples.length); i += 1) {
      samples[i] = loudness * (random() - 0.5);
    }
    at += length;
  }
  return samples;
}

function loopFrom(loop: Float32Array, startMs: number, seconds: number): Float32Array {
  const start = (startMs / 1000) * SAMPLE_RATE_HZ;
  return Float32Array.from(
    { length: seconds * SAMPLE_RATE_HZ },
    (_, i) => loop[(start + i) % loop.length]!,
  );
}

const ada = voice(1, 4);
const bo = voice(2, 4);

it("finds two voices in their sum, wherever in its loop each is", () => {
  const a = loopFrom(ada, 1_240, 6);
  const b = loopFrom(bo, 3_120, 6);
  const sum = a.map((sample, i) => 0.5 * sample + 0.25 * b[i]!);
  const fit = fitVoices(sum, ada, bo);
  expect(fit.correlation).toBeGreaterThan(0.98);
  expect(fit.phasesMs).toEqual([1_240, 3_120]);
  expect(fit.gains[0]).toBeCloseTo(0.5, 1);
  expect(fit.gains[1]).toBeCloseTo(0.25, 1);
});

it("says so when one of the two is missing", () => {
  const fit = fitVoices(loopFrom(ada, 520, 24), ada, bo);
  expect(fit.gains[1]! / fit.gains[0]!).toBeLessThan(0.3);
});

it("tells how loud a voice is whose place is known, and that it isn't there", () => {
  const a = loopFrom(ada, 1_240, 6);
  const b = loopFrom(bo, 3_120, 6);
  const sum = a.map((sample, i) => 0.5 * sample + 0.25 * b[i]!);
  const gains = gainsOf(sum, ada, bo, 3_120 - 1_240);
  expect(gains[1]! / gains[0]!).toBeCloseTo(0.5, 1);
  const alone = gainsOf(a, ada, bo, 3_120 - 1_240);
  expect(alone[1]! / alone[0]!).toBeLessThan(0.1);
});

it("finds one voice, and does not find another where it isn't", () => {
  const heard = loopFrom(ada, 800, 6);
  expect(findVoice(heard, ada)).toMatchObject({ phaseMs: 800 });
  expect(findVoice(heard, ada).correlation).toBeGreaterThan(0.99);
  expect(voiceAt(heard, ada, 800, 100)).toBeGreaterThan(0.99);
  expect(voiceAt(heard, bo, 800, 100)).toBeLessThan(0.4);
});
