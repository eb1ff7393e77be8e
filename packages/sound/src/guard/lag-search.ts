import { RealFft } from "./real-fft.ts";

const FFT_SIZE = 2_048;
const BINS = FFT_SIZE / 2 + 1;
/** Frames between two looks at the soonest. */
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
const USED_BINS = HIGHEST_BIN - LOWEST_BIN + 1;
/** What remains of the correlation after a hop: a memory of about 0.6 s. */
const KEEP = 0.8;
/** How far a peak's own flanks and first reflections reach: 3 ms. */
const PEAK_WIDTH = 12;
/** Mean power under which a window holds nothing to go by: -66 dBFS, lifted as it is. */
const QUIET_POWER = 10 ** -6.6;
/** Spectra of what was sent that are kept, one for each hop. */
const SPECTRA = PART_HOPS * PARTS;
/** Frames that the line of what was sent takes on before it is moved back to its beginning. */
const SLACK_FRAMES = 50;

/** Of the bins that are used, each of size 1. */
interface Phases {
  /** Number of the hop at whose end it ends; -1: none. */
  hop: number;
  isQuiet: boolean;
  readonly re: Float32Array;
  readonly im: Float32Array;
}

// What lives no longer than one look is there once for all speakers, and stays in the cache.
const padded = new Float32Array(FFT_SIZE);
const spectrumRe = new Float32Array(BINS);
const spectrumIm = new Float32Array(BINS);
const correlation = new Float32Array(FFT_SIZE);

/**
 * Looks for one sound in another, later: generalised cross-correlation with phase transform
 * (C. Knapp and G. Carter, "The Generalized Correlation Method for Estimation of Time Delay", IEEE
 * Trans. ASSP 24(4), 1976), at 4 kHz. Each frequency counts by its phase alone, so neither gain nor
 * a room's colour matters, and two voices that happen to rise and fall together don't correlate.
 * The lags come in parts of 240 ms, which share the spectra of what was sent.
 */
export class LagSearch {
  readonly #fft = RealFft.of(FFT_SIZE);
  readonly #step: number;
  readonly #mic: Line;
  readonly #sent: Line;
  // A cut edge has a phase of its own at every frequency, and would be found in every other edge.
  readonly #micTaper: Float32Array;
  readonly #sentTaper = taper(FFT_SIZE, 0.1);
  readonly #micPhases = phases();
  readonly #sentPhases: readonly Phases[] = Array.from({ length: SPECTRA }, phases);
  readonly #crossRe = Array.from({ length: PARTS }, () => new Float32Array(BINS));
  readonly #crossIm = Array.from({ length: PARTS }, () => new Float32Array(BINS));
  #frames = 0;
  #lookedAt = 0;
  #turn = 0;
  #score = 0;
  #clarity = 0;
  #lag = 0;

  /** @param step samples of a frame */
  constructor(step: number) {
    this.#step = step;
    this.#mic = new Line(WINDOW_FRAMES * step, step);
    this.#micTaper = taper(WINDOW_FRAMES * step, 0.5);
    this.#sent = new Line(FFT_SIZE + PART_HOPS * HOP_FRAMES * (PARTS - 1) * step, step);
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

  /** @returns whether this frame ends a hop: there may be a {@link look} at it */
  push(mic: Float32Array, sent: Float32Array): boolean {
    this.#mic.push(mic);
    this.#sent.push(sent);
    this.#frames += 1;
    return this.#frames % HOP_FRAMES === 0;
  }

  /**
   * At the end of a hop. Takes the newest sound in, and looks for a peak.
   * @param isThorough at all lags; else at every other part, the others at the next look
   */
  look(isThorough: boolean): void {
    const hop = this.#frames / HOP_FRAMES;
    const keep = KEEP ** (hop - this.#lookedAt);
    this.#lookedAt = hop;
    this.#score = 0;
    if (this.#mic.power(0, this.#mic.length) < QUIET_POWER) return;
    this.#turn ^= 1;
    let isMicReady = false;
    for (let part = 0; part < PARTS; part += 1) {
      const sent = this.#sentAt(hop - part * PART_HOPS, part);
      if (sent.isQuiet) continue;
      if (!isMicReady) this.#readMic();
      isMicReady = true;
      this.#addCross(part, sent, keep);
      if (!isThorough && (part & 1) !== this.#turn) continue;
      this.#fft.inverse(this.#crossRe[part]!, this.#crossIm[part]!, correlation);
      this.#findPeak(part);
    }
  }

  #readMic(): void {
    padded.fill(0, 0, FFT_SIZE - this.#mic.length);
    this.#mic.copy(0, this.#micTaper, padded, FFT_SIZE - this.#mic.length);
    this.#toPhases(this.#micPhases);
  }

  #addCross(part: number, sent: Phases, keep: number): void {
    const crossRe = this.#crossRe[part]!;
    const crossIm = this.#crossIm[part]!;
    const { re, im } = this.#micPhases;
    const { re: sentRe, im: sentIm } = sent;
    for (let i = 0; i < USED_BINS; i += 1) {
      const k = LOWEST_BIN + i;
      crossRe[k] = crossRe[k]! * keep + re[i]! * sentRe[i]! + im[i]! * sentIm[i]!;
      crossIm[k] = crossIm[k]! * keep + im[i]! * sentRe[i]! - re[i]! * sentIm[i]!;
    }
  }

  #findPeak(part: number): void {
    const length = PART_HOPS * HOP_FRAMES * this.#step;
    const first = part > 0 ? 0 : LEAST_FRAMES * this.#step;
    let [energy, highest, at] = [0, 0, 0];
    for (let i = 0; i < length; i += 1) {
      const value = correlation[i]!;
      energy += value * value;
      const size = Math.abs(value);
      if (size > highest && i >= first) [highest, at] = [size, i];
    }
    const score = highest / (Math.sqrt(energy / length) + 1e-12);
    if (score <= this.#score) return;
    this.#score = score;
    this.#clarity = highest / nextHighest(length, at);
    this.#lag = part * length + at;
  }

  /** Of the sound that is as old as the lags of a part; made where it isn't kept. */
  #sentAt(hop: number, part: number): Phases {
    const kept = this.#sentPhases[(hop + SPECTRA) % SPECTRA]!;
    if (kept.hop === hop) return kept;
    const start = (PARTS - 1 - part) * PART_HOPS * HOP_FRAMES * this.#step;
    kept.hop = hop;
    kept.isQuiet = this.#sent.power(start, start + FFT_SIZE) < QUIET_POWER;
    if (kept.isQuiet) return kept;
    this.#sent.copy(start, this.#sentTaper, padded, 0);
    this.#toPhases(kept);
    return kept;
  }

  /** Of what `padded` holds. */
  #toPhases({ re, im }: Phases): void {
    this.#fft.forward(padded, spectrumRe, spectrumIm);
    for (let i = 0; i < USED_BINS; i += 1) {
      const real = spectrumRe[LOWEST_BIN + i]!;
      const imaginary = spectrumIm[LOWEST_BIN + i]!;
      const scale = 1 / (Math.sqrt(real * real + imaginary * imaginary) + 1e-9);
      re[i] = real * scale;
      im[i] = imaginary * scale;
    }
  }

  reset(): void {
    this.#mic.clear();
    for (const cross of [...this.#crossRe, ...this.#crossIm]) cross.fill(0);
    this.#score = 0;
  }
}

function phases(): Phases {
  return {
    hop: -1,
    isQuiet: true,
    re: new Float32Array(USED_BINS),
    im: new Float32Array(USED_BINS),
  };
}

function nextHighest(length: number, at: number): number {
  let second = 1e-12;
  for (let i = 0; i < at - PEAK_WIDTH; i += 1) second = Math.max(second, Math.abs(correlation[i]!));
  for (let i = at + PEAK_WIDTH + 1; i < length; i += 1) {
    second = Math.max(second, Math.abs(correlation[i]!));
  }
  return second;
}

/** The newest samples of a sound. It is moved once a second, not at every frame. */
class Line {
  readonly length: number;
  readonly #pcm: Float32Array;
  #end: number;

  constructor(length: number, step: number) {
    this.length = length;
    this.#pcm = new Float32Array(length + SLACK_FRAMES * step);
    this.#end = length;
  }

  push(pcm: Float32Array): void {
    if (this.#end + pcm.length > this.#pcm.length) {
      this.#pcm.copyWithin(0, this.#end - this.length, this.#end);
      this.#end = this.length;
    }
    this.#pcm.set(pcm, this.#end);
    this.#end += pcm.length;
  }

  /** Mean power between two places; 0 is the oldest sample. */
  power(from: number, to: number): number {
    const pcm = this.#pcm;
    const start = this.#end - this.length;
    let sum = 0;
    for (let i = start + from; i < start + to; i += 1) sum += pcm[i]! * pcm[i]!;
    return sum / (to - from);
  }

  /** As many samples as there are weights, weighted. */
  copy(from: number, weights: Float32Array, into: Float32Array, at: number): void {
    const pcm = this.#pcm;
    const start = this.#end - this.length + from;
    for (let i = 0; i < weights.length; i += 1) into[at + i] = pcm[start + i]! * weights[i]!;
  }

  clear(): void {
    this.#pcm.fill(0);
  }
}

/** Rises and falls as a cosine over this share of the length at either end (Tukey's window). */
function taper(length: number, share: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const edge = Math.min(1, (Math.min(i, length - 1 - i) + 0.5) / (length * share));
    return 0.5 - 0.5 * Math.cos(Math.PI * edge);
  });
}
