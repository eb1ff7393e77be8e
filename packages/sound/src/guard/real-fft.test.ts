import { expect, test } from "vitest";
import { errorDb, noise, sine } from "../../test/synthetic-voice.ts";
import { RealFft } from "./real-fft.ts";

const SIZE = 64;

function spectrum(input: Float32Array) {
  const re = new Float32Array(SIZE / 2 + 1);
  const im = new Float32Array(SIZE / 2 + 1);
  new RealFft(SIZE).forward(input, re, im);
  return { re, im };
}

test("the spectrum is that of the definition, summed out", () => {
  const input = noise(0.3, SIZE);
  const { re, im } = spectrum(input);
  for (let k = 0; k <= SIZE / 2; k += 1) {
    let [sumRe, sumIm] = [0, 0];
    for (let n = 0; n < SIZE; n += 1) {
      sumRe += input[n]! * Math.cos((-2 * Math.PI * k * n) / SIZE);
      sumIm += input[n]! * Math.sin((-2 * Math.PI * k * n) / SIZE);
    }
    expect(re[k]).toBeCloseTo(sumRe, 5);
    expect(im[k]).toBeCloseTo(sumIm, 5);
  }
});

test("a sine of whole periods is in one bin alone", () => {
  const { re, im } = spectrum(sine(48_000 / 8, 1, SIZE));
  const sizes = [...re].map((value, k) => Math.hypot(value, im[k]!));
  expect(sizes[8]).toBeCloseTo(SIZE / 2, 4);
  expect(Math.max(...sizes.filter((_, k) => k !== 8))).toBeLessThan(1e-4);
});

test("the inverse gives back what was transformed", () => {
  for (const size of [8, 256, 2_048]) {
    const input = noise(0.3, size, size);
    const re = new Float32Array(size / 2 + 1);
    const im = new Float32Array(size / 2 + 1);
    const back = new Float32Array(size);
    const fft = new RealFft(size);
    fft.forward(input, re, im);
    fft.inverse(re, im, back);
    expect(errorDb(back, input)).toBeLessThan(-120);
  }
});
