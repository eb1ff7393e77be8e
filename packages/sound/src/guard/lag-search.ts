import { RealFft } from "./real-fft.ts";

const FFT_SIZE = 2_048;
const BINS = FFT_SIZE / 2 + 1;
/** Frames between two searches. */
const HOP_FRAMES = 6;
/** Frames of the microphone that are searched for: 260 ms. */
const WINDOW_FRAMES = 13;
/** Lags of one part, in hops; and parts: 0 to 960 ms. */
const PART_HOPS = 2;
const PARTS = 4;
/** Shortest lag that is looked at, frames: 20 ms. */
const LEAST_FRAMES = 1;
/** 160 to 1,900 Hz of 4 kHz. */
const LOWEST_BIN = 82;
const HIGHEST_BIN = 973;
/** What remains of the correlation after a hop: a memory of about 0.6 s. */
const KEEP = 0.8;
/** How far a peak's own flanks and first reflections reach: 3 ms. */
const PEAK_WIDTH = 12;
/** Mean power under which a window holds nothing to go by: -66 dBFS, lifted as it is. */
const QUIET_POWER = 10 ** -6.6;
/** Spectra of what was sent that are kept, one for each hop. */
const SPECTRA = PART_HOPS * PARTS;

interface Spectrum {
  /** Number of the hop at whose end it ends; -1: none. */
  hop: number;
  isQuiet: boolean;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * Looks for one sound in another, later: generalised cross-correlation with phase transform
 * (C. Knapp and G. Carter, "The Generalized Correlation Method for Estimation of Time Delay", IEEE
 * Trans. ASSP 24(4), 1976), at 4 kHz. Each frequency counts by its phase alone, so neither gain nor
 * a room's colour matters, and two voices that happen to rise and fall together don't correlate.
 * The lags come in parts of 240 ms, which share the spectra of what was sent.
 */
export class LagSearch {
  readonly #step: number;
  readonly #fft = new RealFft(FFT_SIZE);
  readonly #mic: Float32Array;
  readonly #sent: Float32Array;
  // A cut edge has a phase of its own at every frequency, and would be found in every other edge.
  readonly #micTaper: Float32Array;
  readonly #sentTaper = taper(FFT_SIZE, 0.1);
  readonly #padded = new Float32Array(FFT_SIZE);
  readonly #micRe = new Float64Array(BINS);
  readonly #micIm = new Float64Array(BINS);
  readonly #spectra: readonly Spectrum[] = Array.from({ length: SPECTRA }, () => ({
    hop: -1,
    isQuiet: true,
    re: new Float64Array(BINS),
    im: new Float64Array(BINS),
  }));
  readonly #crossRe = Array.from({ length: PARTS }, () => new Float64Array(BINS));
  readonly #crossIm = Array.from({ length: PARTS }, () => new Float64Array(BINS));
  readonly #correlation = new Float32Array(FFT_SIZE);
  #frames = 0;
  #score = 0;
  #clarity = 0;
  #lag = 0;
  #isHeard = false;

  /** @param step samples of a frame */
  constructor(step: number) {
    this.#step = step;
    this.#mic = new Float32Array(WINDOW_FRAMES * step);
    this.#micTaper = taper(this.#mic.length, 0.5);
    this.#sent = new Float32Array(FFT_SIZE + PART_HOPS * HOP_FRAMES * (PARTS - 1) * step);
  }

  /** Height of the highest peak over the root mean square of all lags; 0: nothing to go by. */
  get score(): number {
    return this.#score;
  }

  /** Height of that peak over the next highest that is no part of it. */
  get clarity(): number {
    return this.#clarity;
  }

  /** Where that peak is, samples. */
  get lag(): number {
    return this.#lag;
  }

  /** Whether microphone and sent sound were both there to be compared in the last search. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** @returns whether this frame ended with a search */
  push(mic: Float32Array, sent: Float32Array): boolean {
    shiftIn(this.#mic, mic);
    shiftIn(this.#sent, sent);
    this.#frames += 1;
    if (this.#frames % HOP_FRAMES !== 0) return false;
    this.#search();
    return true;
  }

  #search(): void {
    this.#score = 0;
    this.#isHeard = false;
    if (power(this.#mic, 0, this.#mic.length) < QUIET_POWER) return;
    this.#padded.fill(0);
    const start = FFT_SIZE - this.#mic.length;
    for (let i = 0; i < this.#mic.length; i += 1) {
      this.#padded[start + i] = this.#mic[i]! * this.#micTaper[i]!;
    }
    this.#fft.forward(this.#padded, this.#micRe, this.#micIm);
    for (let part = 0; part < PARTS; part += 1) this.#searchPart(part);
  }

  #searchPart(part: number): void {
    const sent = this.#sentSpectrum(part);
    if (sent.isQuiet) return;
    this.#isHeard = true;
    const [re, im] = [this.#crossRe[part]!, this.#crossIm[part]!];
    for (let k = LOWEST_BIN; k <= HIGHEST_BIN; k += 1) {
      const real = this.#micRe[k]! * sent.re[k]! + this.#micIm[k]! * sent.im[k]!;
      const imaginary = this.#micIm[k]! * sent.re[k]! - this.#micRe[k]! * sent.im[k]!;
      const size = Math.sqrt(real * real + imaginary * imaginary) + 1e-12;
      re[k] = re[k]! * KEEP + real / size;
      im[k] = im[k]! * KEEP + imaginary / size;
    }
    this.#fft.inverse(re, im, this.#correlation);
    this.#findPeak(part);
  }

  #findPeak(part: number): void {
    const length = PART_HOPS * HOP_FRAMES * this.#step;
    let [energy, highest, at] = [0, 0, 0];
    for (let i = 0; i < length; i += 1) {
      const value = this.#correlation[i]!;
      energy += value * value;
      const isFarEnough = part > 0 || i >= LEAST_FRAMES * this.#step;
      if (isFarEnough && Math.abs(value) > highest) [highest, at] = [Math.abs(value), i];
    }
    let second = 1e-12;
    for (let i = 0; i < length; i += 1) {
      if (Math.abs(i - at) > PEAK_WIDTH) second = Math.max(second, Math.abs(this.#correlation[i]!));
    }
    const score = highest / (Math.sqrt(energy / length) + 1e-12);
    if (score <= this.#score) return;
    this.#score = score;
    this.#clarity = highest / second;
    this.#lag = part * length + at;
  }

  /** Of the sound that is as old as the lags of a part; made where it isn't kept. */
  #sentSpectrum(part: number): Spectrum {
    const hop = this.#frames / HOP_FRAMES - part * PART_HOPS;
    const spectrum = this.#spectra[(hop + SPECTRA) % SPECTRA]!;
    if (spectrum.hop === hop) return spectrum;
    const end = this.#sent.length - part * PART_HOPS * HOP_FRAMES * this.#step;
    spectrum.hop = hop;
    spectrum.isQuiet = power(this.#sent, end - FFT_SIZE, end) < QUIET_POWER;
    if (spectrum.isQuiet) return spectrum;
    for (let i = 0; i < FFT_SIZE; i += 1) {
      this.#padded[i] = this.#sent[end - FFT_SIZE + i]! * this.#sentTaper[i]!;
    }
    this.#fft.forward(this.#padded, spectrum.re, spectrum.im);
    return spectrum;
  }

  reset(): void {
    this.#mic.fill(0);
    for (const cross of [...this.#crossRe, ...this.#crossIm]) cross.fill(0);
    this.#score = 0;
    this.#isHeard = false;
  }
}

function shiftIn(line: Float32Array, pcm: Float32Array): void {
  line.copyWithin(0, pcm.length);
  line.set(pcm, line.length - pcm.length);
}

function power(pcm: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i += 1) sum += pcm[i]! * pcm[i]!;
  return sum / (to - from);
}

/** Rises and falls as a cosine over this share of the length at either end (Tukey's window). */
function taper(length: number, share: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const edge = Math.min(1, (Math.min(i, length - 1 - i) + 0.5) / (length * share));
    return 0.5 - 0.5 * Math.cos(Math.PI * edge);
  });
}
