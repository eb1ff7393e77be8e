import { SAMPLE_RATE_HZ } from "@rostra/wire";

/** Where sound can be cut or repeated unheard: the places at which it resembles itself. */

const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1000;
/** Length of the cross-fade. */
export const SEAM_SAMPLES = 5 * SAMPLES_PER_MS;
/** Periods of voices lie between 2.5 (400 Hz) and 12.5 ms (80 Hz). */
const MIN_LAG = 2.5 * SAMPLES_PER_MS;
export const MAX_LAG = 12.5 * SAMPLES_PER_MS;
/** What led up to a seam is compared too: in the seam alone, half a period may look like a whole. */
export const LEAD_SAMPLES = 10 * SAMPLES_PER_MS;
/** Compared first at every fourth sample and lag; the best is then refined to one sample. */
const COARSE = 4;
/** Places at which a seam may begin. */
const PLACE_STEP = 2.5 * SAMPLES_PER_MS;

/** The samples from `at` to `at + lag` can go, or be played twice. */
export interface Splice {
  readonly at: number;
  readonly lag: number;
  /** Normalised correlation of what is joined, -1 to 1. */
  readonly similarity: number;
}

/**
 * The best splice in what follows the lead.
 * @param sound LEAD_SAMPLES that have been played, then the samples in question
 * @returns `at` counts from the end of the lead; undefined where there are too few samples
 */
export function bestSplice(sound: Float32Array): Splice | undefined {
  const samples = sound.length - LEAD_SAMPLES;
  let best: Splice | undefined;
  const consider = (at: number, lag: number, step: number) => {
    if (lag < MIN_LAG || lag > MAX_LAG || at + lag + SEAM_SAMPLES > samples) return;
    const similarity = similarityAt(sound, at, lag, step);
    if (best === undefined || similarity > best.similarity) best = { at, lag, similarity };
  };
  for (let at = 0; at + MIN_LAG + SEAM_SAMPLES <= samples; at += PLACE_STEP) {
    for (let lag = MIN_LAG; lag <= MAX_LAG; lag += COARSE) consider(at, lag, COARSE);
  }
  if (best === undefined) return undefined;
  const { at, lag } = best;
  best = undefined;
  for (let near = lag - COARSE + 1; near < lag + COARSE; near += 1) consider(at, near, 1);
  return best;
}

/** Normalised correlation around a place with the sound `lag` later, lead and seam together. */
function similarityAt(sound: Float32Array, at: number, lag: number, step: number): number {
  const end = at + LEAD_SAMPLES + SEAM_SAMPLES;
  let [product, here, there] = [0, 1e-9, 1e-9];
  for (let i = at; i < end; i += step) {
    const a = sound[i]!;
    const b = sound[i + lag]!;
    product += a * b;
    here += a * a;
    there += b * b;
  }
  return product / Math.sqrt(here * there);
}

/** `pcm` without the samples of the splice. */
export function cut(pcm: Float32Array, { at, lag }: Splice): Float32Array<ArrayBuffer> {
  const shorter = new Float32Array(pcm.length - lag);
  shorter.set(pcm.subarray(0, at));
  shorter.set(pcm.subarray(at + lag), at);
  crossFade(pcm.subarray(at), shorter.subarray(at));
  return shorter;
}

/** `pcm` with the samples of the splice played twice. */
export function repeat(pcm: Float32Array, { at, lag }: Splice): Float32Array<ArrayBuffer> {
  const longer = new Float32Array(pcm.length + lag);
  longer.set(pcm.subarray(0, at + lag));
  longer.set(pcm.subarray(at), at + lag);
  // What would have followed fades into the repetition.
  crossFade(pcm.subarray(at + lag), longer.subarray(at + lag));
  return longer;
}

/** Fades in place from `from` to what stands in `to`, over the seam. */
function crossFade(from: Float32Array, to: Float32Array): void {
  for (let i = 0; i < SEAM_SAMPLES; i += 1) {
    const weight = (i + 0.5) / SEAM_SAMPLES;
    to[i] = from[i]! * (1 - weight) + to[i]! * weight;
  }
}
