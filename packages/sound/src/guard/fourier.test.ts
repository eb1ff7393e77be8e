import { expect, test } from "vitest";
import { errorDb, noise, sine } from "../../test/synthetic-voice.ts";
import { Fourier } from "./fourier.ts";

const SIZE = 64;

function spectrum(input: Float32Array) {
  const re = new Float32Array(SIZE / 2 + 1);
  const im = new Float32Array(SIZE / 2 + 1);
  new Fourier(SIZE).forward(input, re, im);
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
  for (const size of [32, 256, 2_048]) {
    const input = noise(0.3, size, size);
    const re = new Float32Array(size / 2 + 1);
    const im = new Float32Array(size / 2 + 1);
    const back = new Float32Array(size);
    const fft = new Fourier(size);
    fft.forward(input, re, im);
    fft.inverse(re, im, back);
    expect(errorDb(back, input)).toBeLessThan(-120);
  }
});

test("phases are those of the spectrum, each of size 1", () => {
  const input = noise(0.3, SIZE, 5);
  const { re, im } = spectrum(input);
  const [phaseRe, phaseIm] = [new Float32Array(20), new Float32Array(20)];
  new Fourier(SIZE).phases(input, 7, phaseRe, phaseIm);
  phaseRe.forEach((value, i) => {
    expect(Math.hypot(value, phaseIm[i]!)).toBeCloseTo(1, 4);
    expect(Math.atan2(phaseIm[i]!, value)).toBeCloseTo(Math.atan2(im[7 + i]!, re[7 + i]!), 4);
  });
});

test("a transform goes on after memory has grown for others", () => {
  const input = noise(0.3, SIZE, 3);
  const fft = new Fourier(SIZE);
  const bins = () => {
    const [re, im] = [new Float32Array(SIZE / 2 + 1), new Float32Array(SIZE / 2 + 1)];
    fft.forward(input, re, im);
    return re;
  };
  const before = bins();
  // The library begins with 16 MiB.
  for (let i = 0; i < 8; i += 1) new Fourier(1 << 18);
  expect(bins()).toEqual(before);
});

test("a size that it can't transform is refused in a line", () => {
  expect(() => new Fourier(48)).toThrow("a power of two, 32 or more");
  expect(() => new Fourier(16)).toThrow("a power of two, 32 or more");
});
