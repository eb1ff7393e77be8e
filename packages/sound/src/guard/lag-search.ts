import { COLOURED_SAMPLES, likenessOfColours } from "./colours.ts";
import type { Peak } from "./evidence.ts";
import { fourierOf } from "./fourier.ts";
import { Line } from "./line.ts";

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
/**
 * Where both windows are cut, two sounds that begin there look alike: of peaks that chance made three times
 * as many lie in a part's first and last 15 ms, and while an echo began they hid its own. They count less.
 */
const EDGE_SAMPLES = 60;
const EDGE_GAIN = 0.8;
/** Mean power under which a window holds nothing to go by: -66 dBFS, lifted as it is. */
const QUIET_POWER = 10 ** -6.6;
/** Spectra of what was sent that are kept, one for each hop. */
const SPECTRA = PART_HOPS * PARTS;

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
const correlation = new Float32Array(FFT_SIZE);

/**
 * Looks for one sound in another, later: generalised cross-correlation with phase transform
 * (C. Knapp and G. Carter, "The Generalized Correlation Method for Estimation of Time Delay", IEEE
 * Trans. ASSP 24(4), 1976), at 4 kHz. Each frequency counts by its phase alone, so neither gain nor
 * a room's colour matters, and two voices that happen to rise and fall together don't correlate.
 * The lags come in parts of 240 ms, which share the spectra of what was sent.
 */
export class LagSearch {
  readonly #fft = fourierOf(FFT_SIZE);
  readonly #step: number;
  /** Samples of the microphone that are searched for. */
  readonly #window: number;
  readonly #mic: Line;
  readonly #sent: Line;
  // A cut edge has a phase of its own at every frequency, and would be found in every other edge.
  readonly #micTaper: Float32Array;
  readonly #sentTaper = taper(FFT_SIZE, 0.1);
  readonly #edges: Float32Array;
  readonly #micPhases = phases();
  readonly #sentPhases: readonly Phases[] = Array.from({ length: SPECTRA }, phases);
  readonly #crossRe = Array.from({ length: PARTS }, () => new Float32Array(BINS));
  readonly #crossIm = Array.from({ length: PARTS }, () => new Float32Array(BINS));
  #frames = 0;
  #lookedAt = 0;
  #turn = 0;
  readonly #peaks = Array.from({ length: PARTS }, () => ({ score: 0, lag: 0 }));

  /** @param step samples of a frame */
  constructor(step: number) {
    this.#step = step;
    this.#window = WINDOW_FRAMES * step;
    this.#mic = new Line(COLOURED_SAMPLES);
    this.#micTaper = taper(this.#window, 0.5);
    const part = PART_HOPS * HOP_FRAMES * step;
    this.#sent = new Line(Math.max(FFT_SIZE + (PARTS - 1) * part, COLOURED_SAMPLES + PARTS * part));
    this.#edges = edges(part);
  }

  /**
   * The highest peak of each part at the last look. `score` is its height over the root mean square of the
   * part's lags, 0: not looked at, or nothing to go by. `lag` is where it is, samples.
   */
  get peaks(): readonly Peak[] {
    return this.#peaks;
  }

  /** How far the colours of the last half second are those of what was sent so much earlier, -1 to 1. */
  coloursAt(lag: number): number {
    return likenessOfColours(this.#mic, this.#sent, lag);
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
    for (const peak of this.#peaks) peak.score = 0;
    if (this.#mic.power(this.#mic.length - this.#window, this.#mic.length) < QUIET_POWER) return;
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
    padded.fill(0, 0, FFT_SIZE - this.#window);
    this.#mic.copy(
      this.#mic.length - this.#window,
      this.#micTaper,
      padded,
      FFT_SIZE - this.#window,
    );
    this.#fft.phases(padded, LOWEST_BIN, this.#micPhases.re, this.#micPhases.im);
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
    const edges = this.#edges;
    const first = part > 0 ? 0 : LEAST_FRAMES * this.#step;
    let [energy, highest, at] = [0, 0, 0];
    for (let i = 0; i < edges.length; i += 1) {
      const size = Math.abs(correlation[i]! * edges[i]!);
      energy += size * size;
      if (size > highest && i >= first) [highest, at] = [size, i];
    }
    const peak = this.#peaks[part]!;
    peak.score = highest / (Math.sqrt(energy / edges.length) + 1e-12);
    peak.lag = part * edges.length + at;
  }

  /** Of the sound that is as old as the lags of a part; made where it isn't kept. */
  #sentAt(hop: number, part: number): Phases {
    const kept = this.#sentPhases[(hop + SPECTRA) % SPECTRA]!;
    if (kept.hop === hop) return kept;
    const start = this.#sent.length - FFT_SIZE - part * PART_HOPS * HOP_FRAMES * this.#step;
    kept.hop = hop;
    kept.isQuiet = this.#sent.power(start, start + FFT_SIZE) < QUIET_POWER;
    if (kept.isQuiet) return kept;
    this.#sent.copy(start, this.#sentTaper, padded, 0);
    this.#fft.phases(padded, LOWEST_BIN, kept.re, kept.im);
    return kept;
  }

  reset(): void {
    this.#mic.clear();
    for (const cross of [...this.#crossRe, ...this.#crossIm]) cross.fill(0);
    for (const peak of this.#peaks) peak.score = 0;
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

/** Rises and falls as a cosine over this share of the length at either end (Tukey's window). */
function taper(length: number, share: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const edge = Math.min(1, (Math.min(i, length - 1 - i) + 0.5) / (length * share));
    return 0.5 - 0.5 * Math.cos(Math.PI * edge);
  });
}

function edges(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const inside = Math.min(1, Math.min(i, length - 1 - i) / EDGE_SAMPLES);
    return EDGE_GAIN + (1 - EDGE_GAIN) * inside;
  });
}
