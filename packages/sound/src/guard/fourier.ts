/// <reference path="./pffft-wasm.d.ts" />
import loadPffft from "@echogarden/pffft-wasm/simd";

const FLOAT_BYTES = 4;
const REAL = 0;
const FORWARD = 0;
const BACKWARD = 1;
/** The smallest transform that the library's vectors of four take. */
const SMALLEST = 32;

const pffft = await loadPffft();
const shared = new Map<number, Fourier>();

/** One for all who need this size: it remembers nothing, and its tables stay in the cache. */
export function fourierOf(size: number): Fourier {
  const fft = shared.get(size) ?? new Fourier(size);
  shared.set(size, fft);
  return fft;
}

/**
 * Fourier transform of real sound and its inverse, by PFFFT (J. Pommier's pretty fast FFT, compiled to
 * WebAssembly with vectors of four). Allocates nothing after it is made, and is never freed: there is one for
 * each size that the guards use.
 */
export class Fourier {
  readonly size: number;
  readonly #setup: number;
  readonly #samplesAt: number;
  readonly #binsAt: number;
  readonly #workAt: number;
  /** `size` samples. */
  #samples = new Float32Array();
  /** Bin 0, bin size / 2 (both real), then real and imaginary parts of bins 1 to size / 2 - 1. */
  #bins = new Float32Array();

  /** @param size samples: a power of two, 32 or more */
  constructor(size: number) {
    if (size < SMALLEST || !Number.isInteger(Math.log2(size))) {
      throw new RangeError(
        `a transform of ${size} samples: give a power of two, ${SMALLEST} or more`,
      );
    }
    this.size = size;
    this.#setup = pffft._pffft_new_setup(size, REAL);
    const [samplesAt, binsAt, workAt] = [0, 1, 2].map(() =>
      pffft._pffft_aligned_malloc(FLOAT_BYTES * size),
    );
    this.#samplesAt = samplesAt!;
    this.#binsAt = binsAt!;
    this.#workAt = workAt!;
  }

  /**
   * @param input `size` samples
   * @param re real parts of bins 0 to size / 2, written
   * @param im imaginary parts, written
   */
  forward(input: Float32Array, re: Float32Array, im: Float32Array): void {
    this.#transform(input);
    const bins = this.#bins;
    const half = this.size / 2;
    re[0] = bins[0]!;
    im[0] = 0;
    re[half] = bins[1]!;
    im[half] = 0;
    for (let k = 1; k < half; k += 1) {
      re[k] = bins[2 * k]!;
      im[k] = bins[2 * k + 1]!;
    }
  }

  /**
   * As many bins as there is room for, each made of size 1; of those between 0 and size / 2.
   * @param first the first one: 1 or more
   */
  phases(input: Float32Array, first: number, re: Float32Array, im: Float32Array): void {
    this.#transform(input);
    const bins = this.#bins;
    for (let i = 0, at = 2 * first; i < re.length; i += 1, at += 2) {
      const real = bins[at]!;
      const imaginary = bins[at + 1]!;
      const scale = 1 / (Math.sqrt(real * real + imaginary * imaginary) + 1e-9);
      re[i] = real * scale;
      im[i] = imaginary * scale;
    }
  }

  /** The inverse of {@link forward}: what it wrote gives the input back. */
  inverse(re: Float32Array, im: Float32Array, output: Float32Array): void {
    this.#keepViews();
    const bins = this.#bins;
    const half = this.size / 2;
    // The library's inverse is of `size` times the sound.
    const scale = 1 / this.size;
    bins[0] = re[0]! * scale;
    bins[1] = re[half]! * scale;
    for (let k = 1; k < half; k += 1) {
      bins[2 * k] = re[k]! * scale;
      bins[2 * k + 1] = im[k]! * scale;
    }
    this.#run(this.#binsAt, this.#samplesAt, BACKWARD);
    output.set(this.#samples);
  }

  #transform(input: Float32Array): void {
    this.#keepViews();
    this.#samples.set(input);
    this.#run(this.#samplesAt, this.#binsAt, FORWARD);
  }

  #run(from: number, to: number, direction: number): void {
    pffft._pffft_transform_ordered(this.#setup, from, to, this.#workAt, direction);
  }

  /** Memory that grows for another transform takes the views of this one with it. */
  #keepViews(): void {
    if (this.#samples.length > 0) return;
    const { buffer } = pffft.HEAPF32;
    this.#samples = new Float32Array(buffer, this.#samplesAt, this.size);
    this.#bins = new Float32Array(buffer, this.#binsAt, this.size);
  }
}
