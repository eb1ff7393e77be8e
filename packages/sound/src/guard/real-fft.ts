/**
 * Fourier transform of real sound and its inverse, allocation-free, for sizes that are powers of
 * two: radix 2, decimation in time, two real halves packed into one complex transform of half the
 * size (W. Press et al., "Numerical Recipes", section 12.3).
 *
 * Our own since the packages there are bring no inverse for real sound, or no types; it is short.
 */
export class RealFft {
  readonly size: number;
  readonly #half: number;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  /** Cosines and sines of the angles -2 pi k / size. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #reversed: Uint16Array;

  /** @param size samples: a power of two, 8 to 65,536 */
  constructor(size: number) {
    const half = size / 2;
    this.size = size;
    this.#half = half;
    this.#re = new Float64Array(half);
    this.#im = new Float64Array(half);
    const angles = Float64Array.from({ length: half }, (_, k) => (-2 * Math.PI * k) / size);
    this.#cos = angles.map(Math.cos);
    this.#sin = angles.map(Math.sin);
    this.#reversed = new Uint16Array(half);
    for (let i = 1; i < half; i += 1) {
      this.#reversed[i] = (this.#reversed[i >> 1]! >> 1) | (i % 2 === 1 ? half >> 1 : 0);
    }
  }

  /**
   * @param input `size` samples
   * @param re real parts of bins 0 to size / 2, written
   * @param im imaginary parts, written
   */
  forward(input: Float32Array, re: Float64Array, im: Float64Array): void {
    const half = this.#half;
    const [zr, zi] = [this.#re, this.#im];
    for (let i = 0; i < half; i += 1) {
      const j = this.#reversed[i]!;
      zr[i] = input[2 * j]!;
      zi[i] = input[2 * j + 1]!;
    }
    this.#transform();
    re[0] = zr[0]! + zi[0]!;
    im[0] = 0;
    re[half] = zr[0]! - zi[0]!;
    im[half] = 0;
    for (let k = 1; k <= half / 2; k += 1) {
      const m = half - k;
      const evenRe = (zr[k]! + zr[m]!) / 2;
      const evenIm = (zi[k]! - zi[m]!) / 2;
      const oddRe = (zi[k]! + zi[m]!) / 2;
      const oddIm = (zr[m]! - zr[k]!) / 2;
      const turnedRe = this.#cos[k]! * oddRe - this.#sin[k]! * oddIm;
      const turnedIm = this.#cos[k]! * oddIm + this.#sin[k]! * oddRe;
      re[k] = evenRe + turnedRe;
      im[k] = evenIm + turnedIm;
      re[m] = evenRe - turnedRe;
      im[m] = turnedIm - evenIm;
    }
  }

  /** The inverse of {@link forward}: what it wrote gives the input back. */
  inverse(re: Float64Array, im: Float64Array, output: Float32Array): void {
    const half = this.#half;
    const [zr, zi] = [this.#re, this.#im];
    // Packed for a forward transform of the conjugate, which is the inverse of the conjugate.
    for (let i = 0; i < half; i += 1) {
      const k = this.#reversed[i]!;
      const m = half - k;
      const evenRe = (re[k]! + re[m]!) / 2;
      const evenIm = (im[k]! - im[m]!) / 2;
      const differenceRe = (re[k]! - re[m]!) / 2;
      const differenceIm = (im[k]! + im[m]!) / 2;
      const oddRe = this.#cos[k]! * differenceRe + this.#sin[k]! * differenceIm;
      const oddIm = this.#cos[k]! * differenceIm - this.#sin[k]! * differenceRe;
      zr[i] = evenRe - oddIm;
      zi[i] = -(evenIm + oddRe);
    }
    this.#transform();
    for (let i = 0; i < half; i += 1) {
      output[2 * i] = zr[i]! / half;
      output[2 * i + 1] = -zi[i]! / half;
    }
  }

  /** In place, of what was put in bit-reversed order. */
  #transform(): void {
    const half = this.#half;
    const [zr, zi] = [this.#re, this.#im];
    for (let span = 1; span < half; span *= 2) {
      const stride = half / span;
      for (let j = 0, turn = 0; j < span; j += 1, turn += stride) {
        const c = this.#cos[turn]!;
        const s = this.#sin[turn]!;
        for (let a = j; a < half; a += 2 * span) {
          const b = a + span;
          const re = zr[b]! * c - zi[b]! * s;
          const im = zr[b]! * s + zi[b]! * c;
          zr[b] = zr[a]! - re;
          zi[b] = zi[a]! - im;
          zr[a] = zr[a]! + re;
          zi[a] = zi[a]! + im;
        }
      }
    }
  }
}
