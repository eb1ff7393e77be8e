import { FRAME_SAMPLES } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { Concealer } from "./concealer.ts";

function vowel(from: number): Float32Array<ArrayBuffer> {
  const pcm = new Float32Array(FRAME_SAMPLES);
  for (let i = 0; i < pcm.length; i += 1) {
    const t = (from + i) / 48_000;
    pcm[i] = 0.4 * Math.sin(2 * Math.PI * 160 * t) + 0.2 * Math.sin(2 * Math.PI * 480 * t);
  }
  return pcm;
}

function power(pcm: Float32Array): number {
  return pcm.reduce((sum, value) => sum + value * value, 0) / pcm.length;
}

describe("Concealer", () => {
  it("goes on with a vowel nearly as it would have gone on", () => {
    const concealer = new Concealer();
    for (let i = 0; i < 4; i += 1) concealer.pass(vowel(i * FRAME_SAMPLES));
    const expected = vowel(4 * FRAME_SAMPLES);
    const concealed = concealer.conceal();
    const error = concealed.map((value, i) => value - expected[i]!);
    // The fade alone costs a few per cent; silence would cost all of it.
    expect(power(error) / power(expected)).toBeLessThan(0.1);
  });

  it("is silent after three frames", () => {
    const concealer = new Concealer();
    for (let i = 0; i < 4; i += 1) concealer.pass(vowel(i * FRAME_SAMPLES));
    const powers = [0, 1, 2, 3].map(() => power(concealer.conceal()));
    expect(powers[0]).toBeGreaterThan(powers[1]!);
    expect(powers[1]).toBeGreaterThan(powers[2]!);
    expect(powers[3]).toBeLessThan(1e-9);
  });

  it("leaves undisturbed sound as it is", () => {
    const concealer = new Concealer();
    concealer.pass(vowel(0));
    const pcm = vowel(FRAME_SAMPLES);
    concealer.pass(pcm);
    expect(pcm).toEqual(vowel(FRAME_SAMPLES));
  });

  it("comes back without a click", () => {
    const concealer = new Concealer();
    for (let i = 0; i < 4; i += 1) concealer.pass(vowel(i * FRAME_SAMPLES));
    const concealed = concealer.conceal();
    const next = vowel(7_777);
    concealer.pass(next);
    const step = Math.abs(next[0]! - concealed.at(-1)!);
    expect(step).toBeLessThan(0.05);
    expect(next.subarray(300)).toEqual(vowel(7_777).subarray(300));
  });
});
