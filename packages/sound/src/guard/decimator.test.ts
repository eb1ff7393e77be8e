import { expect, test } from "vitest";
import { noise, sine } from "../../test/synthetic-voice.ts";
import { rmsDbfs } from "../level/rms.ts";
import { Decimator } from "./decimator.ts";

function decimated(pcm: Float32Array, factor: 3 | 4, piece: number): Float32Array {
  const decimator = new Decimator(factor);
  const out = new Float32Array(pcm.length / factor);
  for (let at = 0; at < pcm.length; at += piece) {
    const end = at + piece;
    decimator.process(pcm.subarray(at, end), out.subarray(at / factor, end / factor));
  }
  return out;
}

test("what it keeps is the sound under a triangle, piece by piece or at once", () => {
  const pcm = noise(0.2, 960);
  for (const factor of [3, 4] as const) {
    const out = decimated(pcm, factor, 240);
    expect(out).toEqual(decimated(pcm, factor, 960));
    for (let i = 1; i < out.length; i += 1) {
      let sum = 0;
      for (let away = 1 - factor; away < factor; away += 1) {
        sum += pcm[i * factor + away - 1]! * (factor - Math.abs(away));
      }
      expect(out[i]).toBeCloseTo(sum / factor ** 2, 6);
    }
  }
});

test("a voice passes, and what would fold onto it hardly does", () => {
  const level = (hz: number) => rmsDbfs(decimated(sine(hz, 0.5, 9_600), 3, 960));
  expect(level(400)).toBeCloseTo(rmsDbfs(sine(400, 0.5, 9_600)), 0);
  expect(level(15_600)).toBeLessThan(level(400) - 50);
});

test("what is no number is gone after its own samples, and nothing is beyond four", () => {
  const decimator = new Decimator(3);
  const out = new Float32Array(4);
  for (const bad of [Number.NaN, Infinity, -Infinity, 3e38]) {
    const frame = new Float32Array(12).fill(bad);
    decimator.process(frame, out);
    for (const sample of out) expect(Math.abs(sample)).toBeLessThanOrEqual(4);
    decimator.process(new Float32Array(12), out);
    decimator.process(new Float32Array(12), out);
    expect([...out]).toEqual([0, 0, 0, 0]);
  }
});
