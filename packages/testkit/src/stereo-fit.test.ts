import { interleaved } from "@rostra/sound";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { expect, it } from "vitest";
import { fitSides } from "./stereo-fit.ts";

/** A buzz of changing pitch and loudness. */
function voice(seed: number, seconds: number): Float32Array {
  const samples = new Float32Array(seconds * SAMPLE_RATE_HZ);
  let [state, phase, pitch, loudness] = [seed, 0, 100, 0];
  for (let i = 0; i < samples.length; i += 1) {
    if (i % 7_000 === 0) {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      pitch = 90 + (state % 140);
      loudness = state % 5 === 0 ? 0 : (state % 97) / 200;
    }
    phase += pitch / SAMPLE_RATE_HZ;
    samples[i] = loudness * Math.tanh(3 * Math.sin(2 * Math.PI * phase));
  }
  return samples;
}

function loopFrom(loop: Float32Array, start: number, samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, i) => loop[(start + i) % loop.length]!);
}

const [ada, bo] = [voice(3, 4), voice(8, 4)];
const LENGTH = 6 * SAMPLE_RATE_HZ;
const [left, right] = [loopFrom(ada, 50_123, LENGTH), loopFrom(bo, 50_123, LENGTH)];

it("says of each side how alike it is to its own, and that nothing of the other is in it", () => {
  const fit = fitSides(interleaved(left, right), ada, bo);
  expect(Math.min(fit.left.likeness, fit.right.likeness)).toBeGreaterThan(0.98);
  expect(Math.max(fit.left.leak, fit.right.leak)).toBeLessThan(0.005);
});

it("says how much of the other there is, and on which side", () => {
  const leaky = left.map((sample, i) => sample + 0.2 * right[i]!);
  const fit = fitSides(interleaved(leaky, right), ada, bo);
  expect(fit.left.leak).toBeGreaterThan(0.1);
  expect(fit.right.leak).toBeLessThan(0.005);
});

it("isn't taken in by mono, nor by sides that were swapped", () => {
  const both = left.map((sample, i) => (sample + right[i]!) / 2);
  const mono = fitSides(interleaved(both, both), ada, bo);
  expect(Math.max(mono.left.leak, mono.right.leak)).toBeGreaterThan(0.5);
  const swapped = fitSides(interleaved(right, left), ada, bo);
  expect(Math.max(swapped.left.likeness, swapped.right.likeness)).toBeLessThan(0.4);
});

it("takes a voice that a jitter buffer moved for the same voice", () => {
  // 12.5 ms left out, now and then.
  const moved = (loop: Float32Array) =>
    Float32Array.from({ length: LENGTH }, (_, i) => {
      const cuts = Math.floor(i / 40_000) + Math.floor(i / 130_000);
      return loop[(50_123 + i + 600 * cuts) % loop.length]!;
    });
  const fit = fitSides(interleaved(moved(ada), moved(bo)), ada, bo);
  expect(Math.min(fit.left.likeness, fit.right.likeness)).toBeGreaterThan(0.9);
});

it("judges by what was said, however long the pauses are", () => {
  const [sparse, other] = [ada, bo].map((loop) => loop.map((x, i) => (i < 60_000 ? x : 0))) as [
    Float32Array<ArrayBuffer>,
    Float32Array<ArrayBuffer>,
  ];
  const sides = [sparse, other].map((loop) => loopFrom(loop, 150_123, LENGTH));
  const fit = fitSides(interleaved(sides[0]!, sides[1]!), sparse, other);
  expect(Math.min(fit.left.likeness, fit.right.likeness)).toBeGreaterThan(0.98);
});
