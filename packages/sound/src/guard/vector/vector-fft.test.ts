import { expect, test } from "vitest";
import { errorDb, noise } from "../../../test/synthetic-voice.ts";
import { RealFft } from "../real-fft.ts";
import { VectorFft } from "./vector-fft.ts";

const SIZES = [64, 128, 256, 512, 1_024];
/** Their memory isn't given back. */
const ffts = SIZES.map((size) => VectorFft.of(size)!);

function bins(size: number): [Float32Array, Float32Array] {
  return [new Float32Array(size / 2 + 1), new Float32Array(size / 2 + 1)];
}

test("the spectrum is that of the transform without vectors", () => {
  for (const fft of ffts) {
    const { size } = fft;
    const input = noise(0.3, size, size);
    const [[re, im], [expectedRe, expectedIm]] = [bins(size), bins(size)];
    fft.forward(input, re, im);
    new RealFft(size).forward(input, expectedRe, expectedIm);
    expect(errorDb(re, expectedRe)).toBeLessThan(-120);
    expect(errorDb(im, expectedIm)).toBeLessThan(-120);
  }
});

test("phases are those of the transform without vectors, each of size 1", () => {
  const [fft] = ffts.slice(-1);
  const input = noise(0.3, 1_024, 5);
  const [[re, im], [expectedRe, expectedIm]] = [bins(802), bins(802)];
  fft!.phases(input, 42, re, im);
  new RealFft(1_024).phases(input, 42, expectedRe, expectedIm);
  expect(errorDb(re, expectedRe)).toBeLessThan(-80);
  expect(errorDb(im, expectedIm)).toBeLessThan(-80);
  re.forEach((value, i) => {
    expect(Math.hypot(value, im[i]!)).toBeCloseTo(1, 4);
  });
});

test("the inverse gives back what was transformed", () => {
  for (const fft of ffts) {
    const { size } = fft;
    const input = noise(0.3, size, size);
    const [re, im] = bins(size);
    const back = new Float32Array(size);
    fft.forward(input, re, im);
    fft.inverse(re, im, back);
    expect(errorDb(back, input)).toBeLessThan(-120);
  }
});

test("there is none where its tables have no room", () => {
  expect(VectorFft.of(4_096)).toBeUndefined();
  const made = Array.from({ length: 20 }, () => VectorFft.of(2_048));
  expect(made).toContain(undefined);
});
