/**
 * Fourier transform of real sound and its inverse, allocation-free, for sizes that are powers of
 * two: decimation in time by four (by two in the first pass where the size asks for it), two real
 * halves packed into one complex transform of half the size (W. Press et al., "Numerical Recipes",
 * section 12.3).
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
  /** For each pass by four: turns of the second, third and fourth quarter, in the order of use. */
  readonly #turns: readonly Float64Array[];
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
    const turns: Float64Array[] = [];
    for (let span = isPowerOfFour(half) ? 4 : 2; span < half; span *= 4) turns.push(turnsOf(span));
    this.#turns = turns;
  }

  /**
   * @param input `size` samples
   * @param re real parts of bins 0 to size / 2, written
   * @param im imaginary parts, written
   */
  forward(input: Float32Array, re: Float32Array, im: Float32Array): void {
    const half = this.#half;
    const zr = this.#re;
    const zi = this.#im;
    const cos = this.#cos;
    const sin = this.#sin;
    const reversed = this.#reversed;
    for (let i = 0; i < half; i += 1) {
      const j = 2 * reversed[i]!;
      zr[i] = input[j]!;
      zi[i] = input[j + 1]!;
    }
    this.#transform();
    re[0] = zr[0]! + zi[0]!;
    im[0] = 0;
    re[half] = zr[0]! - zi[0]!;
    im[half] = 0;
    for (let k = 1; k <= half >> 1; k += 1) {
      const m = half - k;
      const evenRe = (zr[k]! + zr[m]!) / 2;
      const evenIm = (zi[k]! - zi[m]!) / 2;
      const oddRe = (zi[k]! + zi[m]!) / 2;
      const oddIm = (zr[m]! - zr[k]!) / 2;
      const turnedRe = cos[k]! * oddRe - sin[k]! * oddIm;
      const turnedIm = cos[k]! * oddIm + sin[k]! * oddRe;
      re[k] = evenRe + turnedRe;
      im[k] = evenIm + turnedIm;
      re[m] = evenRe - turnedRe;
      im[m] = turnedIm - evenIm;
    }
  }

  /** As many bins as there is room for, from the `first` on, each made of size 1. */
  phases(input: Float32Array, first: number, re: Float32Array, im: Float32Array): void {
    const [allRe, allIm] = [new Float32Array(this.#half + 1), new Float32Array(this.#half + 1)];
    this.forward(input, allRe, allIm);
    for (let i = 0; i < re.length; i += 1) {
      const [real, imaginary] = [allRe[first + i]!, allIm[first + i]!];
      const scale = 1 / (Math.sqrt(real * real + imaginary * imaginary) + 1e-9);
      re[i] = real * scale;
      im[i] = imaginary * scale;
    }
  }

  /** The inverse of {@link forward}: what it wrote gives the input back. */
  inverse(re: Float32Array, im: Float32Array, output: Float32Array): void {
    const half = this.#half;
    const zr = this.#re;
    const zi = this.#im;
    const cos = this.#cos;
    const sin = this.#sin;
    const reversed = this.#reversed;
    // Packed for a forward transform of the conjugate, which is the inverse of the conjugate.
    for (let i = 0; i < half; i += 1) {
      const k = reversed[i]!;
      const m = half - k;
      const evenRe = (re[k]! + re[m]!) / 2;
      const evenIm = (im[k]! - im[m]!) / 2;
      const differenceRe = (re[k]! - re[m]!) / 2;
      const differenceIm = (im[k]! + im[m]!) / 2;
      const oddRe = cos[k]! * differenceRe + sin[k]! * differenceIm;
      const oddIm = cos[k]! * differenceIm - sin[k]! * differenceRe;
      zr[i] = evenRe - oddIm;
      zi[i] = -(evenIm + oddRe);
    }
    this.#transform();
    const scale = 1 / half;
    for (let i = 0; i < half; i += 1) {
      output[2 * i] = zr[i]! * scale;
      output[2 * i + 1] = -zi[i]! * scale;
    }
  }

  /** In place, of what was put in bit-reversed order. */
  #transform(): void {
    const half = this.#half;
    let span = isPowerOfFour(half) ? 4 : 2;
    if (span === 4) firstQuarters(this.#re, this.#im);
    else firstPairs(this.#re, this.#im);
    for (const turns of this.#turns) {
      quarters(this.#re, this.#im, span, turns);
      span *= 4;
    }
  }
}

function isPowerOfFour(size: number): boolean {
  return Math.log2(size) % 2 === 0;
}

/** Cosine and sine of one, two and three times each angle of a pass, one after the other. */
function turnsOf(span: number): Float64Array {
  const turns = new Float64Array(6 * span);
  for (let j = 0; j < span; j += 1) {
    for (let times = 1; times <= 3; times += 1) {
      const angle = (-2 * Math.PI * j * times) / (4 * span);
      turns[6 * j + 2 * times - 2] = Math.cos(angle);
      turns[6 * j + 2 * times - 1] = Math.sin(angle);
    }
  }
  return turns;
}

function firstPairs(re: Float64Array, im: Float64Array): void {
  for (let a = 0; a < re.length; a += 2) {
    const br = re[a + 1]!;
    const bi = im[a + 1]!;
    re[a + 1] = re[a]! - br;
    im[a + 1] = im[a]! - bi;
    re[a] = re[a]! + br;
    im[a] = im[a]! + bi;
  }
}

/** As {@link quarters} of single values: nothing is turned. */
function firstQuarters(re: Float64Array, im: Float64Array): void {
  for (let a = 0; a < re.length; a += 4) {
    const sumR = re[a]! + re[a + 1]!;
    const sumI = im[a]! + im[a + 1]!;
    const lessR = re[a]! - re[a + 1]!;
    const lessI = im[a]! - im[a + 1]!;
    const oddR = re[a + 2]! + re[a + 3]!;
    const oddI = im[a + 2]! + im[a + 3]!;
    const oddLessR = re[a + 2]! - re[a + 3]!;
    const oddLessI = im[a + 2]! - im[a + 3]!;
    re[a] = sumR + oddR;
    im[a] = sumI + oddI;
    re[a + 1] = lessR + oddLessI;
    im[a + 1] = lessI - oddLessR;
    re[a + 2] = sumR - oddR;
    im[a + 2] = sumI - oddI;
    re[a + 3] = lessR - oddLessI;
    im[a + 3] = lessI + oddLessR;
  }
}

/**
 * Makes one transform of every four of `span`. In bit-reversed order the second is the third. Each
 * turn is fetched once for all that need it.
 */
function quarters(re: Float64Array, im: Float64Array, span: number, turns: Float64Array): void {
  const length = re.length;
  for (let j = 0, turn = 0; j < span; j += 1, turn += 6) {
    const c1 = turns[turn]!;
    const s1 = turns[turn + 1]!;
    const c2 = turns[turn + 2]!;
    const s2 = turns[turn + 3]!;
    const c3 = turns[turn + 4]!;
    const s3 = turns[turn + 5]!;
    for (let a = j; a < length; a += 4 * span) {
      const b = a + span;
      const c = b + span;
      const d = c + span;
      const r1 = re[c]! * c1 - im[c]! * s1;
      const i1 = re[c]! * s1 + im[c]! * c1;
      const r2 = re[b]! * c2 - im[b]! * s2;
      const i2 = re[b]! * s2 + im[b]! * c2;
      const r3 = re[d]! * c3 - im[d]! * s3;
      const i3 = re[d]! * s3 + im[d]! * c3;
      const sumR = re[a]! + r2;
      const sumI = im[a]! + i2;
      const lessR = re[a]! - r2;
      const lessI = im[a]! - i2;
      const oddR = r1 + r3;
      const oddI = i1 + i3;
      const turnR = i1 - i3;
      const turnI = r1 - r3;
      re[a] = sumR + oddR;
      im[a] = sumI + oddI;
      re[b] = lessR + turnR;
      im[b] = lessI - turnI;
      re[c] = sumR - oddR;
      im[c] = sumI - oddI;
      re[d] = lessR - turnR;
      im[d] = lessI + turnI;
    }
  }
}
