import { rmsDbfs } from "@rostra/sound";
import { type Channels, SAMPLE_RATE_HZ } from "@rostra/wire";

/**
 * Makes sound a few milliseconds shorter or longer without changing its pitch: one period is
 * dropped or repeated, and the seam is cross-faded (WSOLA: Verhelst and Roelands, 1993). Lags and
 * lengths count samples of each channel; both channels of stereo (interleaved) are cut alike.
 */

const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1000;
/** Length of the cross-fade, and of what is compared to find the period. */
export const SEAM_SAMPLES = 5 * SAMPLES_PER_MS;
/** Periods of voices lie between 2.5 (400 Hz) and 12.5 ms (80 Hz). */
const MIN_LAG = 2.5 * SAMPLES_PER_MS;
export const MAX_LAG = 12.5 * SAMPLES_PER_MS;
/** Comparing every fourth sample finds the period of a voice as well. */
const STEP = 4;
/** Of two channels every fifth: that is one of the left and one of the right in turn. */
const STEREO_STEP = 5;
/** Below this no seam can be heard: the longest lag will do. */
const QUIET_DBFS = -50;
/** Below this correlation the seam would be heard. */
const MIN_SIMILARITY = 0.6;

/** Samples of each channel that {@link findLag} wants to see. */
export const STRETCH_SAMPLES = MAX_LAG + SEAM_SAMPLES;

/**
 * How many samples can be dropped from, or repeated at, the beginning of `pcm` unheard.
 * @param pcm at least {@link STRETCH_SAMPLES}
 * @param atMost samples; more would overshoot
 * @param force take the best place even where it may be heard
 * @returns 120 to 600; 0 where there is no good place
 */
export function findLag(
  pcm: Float32Array,
  atMost: number,
  force = false,
  channels: Channels = 1,
): number {
  const maxLag = Math.min(MAX_LAG, Math.floor(atMost));
  if (maxLag < MIN_LAG) return 0;
  if (rmsDbfs(pcm.subarray(0, STRETCH_SAMPLES * channels)) < QUIET_DBFS) return maxLag;
  let best = 0;
  let bestSimilarity = force ? Number.NEGATIVE_INFINITY : MIN_SIMILARITY;
  for (let lag = MIN_LAG; lag <= maxLag; lag += STEP) {
    const similarity = similarityAt(pcm, pcm, lag, channels);
    if (similarity > bestSimilarity) {
      bestSimilarity = similarity;
      best = lag;
    }
  }
  return best;
}

/** Normalised correlation of the beginning with what `pcm` holds from `lag` on, -1 to 1. */
function similarityAt(
  beginning: Float32Array,
  pcm: Float32Array,
  lag: number,
  channels: Channels,
): number {
  let [product, energyA, energyB] = [0, 1e-9, 1e-9];
  const step = channels === 1 ? STEP : STEREO_STEP;
  for (let i = 0; i < SEAM_SAMPLES * channels; i += step) {
    const a = beginning[i]!;
    const b = pcm[i + lag * channels]!;
    product += a * b;
    energyA += a * a;
    energyB += b * b;
  }
  return product / Math.sqrt(energyA * energyB);
}

/** `pcm` without its first `lag` samples, faded in from its beginning. */
export function shorten(pcm: Float32Array, lag: number, channels: Channels = 1): Float32Array {
  const shorter = pcm.slice(lag * channels);
  crossFade(pcm, shorter, channels);
  return shorter;
}

/** `pcm` with its first `lag` samples played twice. */
export function lengthen(pcm: Float32Array, lag: number, channels: Channels = 1): Float32Array {
  const added = lag * channels;
  const longer = new Float32Array(pcm.length + added);
  longer.set(pcm.subarray(0, added));
  longer.set(pcm, added);
  // The seam lies at `lag`: what would have followed fades into the repetition.
  crossFade(pcm.subarray(added), longer.subarray(added), channels);
  return longer;
}

/**
 * `pcm` after what would have come instead of it: `more` is played until its wave looks most like
 * the beginning of `pcm`, and fades into it there.
 * @param more as long as the seam at least; what is longer is how far that place may be
 */
export function joinAlike(
  more: Float32Array,
  pcm: Float32Array,
  channels: Channels = 1,
): Float32Array {
  let [best, bestSimilarity] = [0, Number.NEGATIVE_INFINITY];
  for (let lag = 0; lag <= more.length / channels - SEAM_SAMPLES; lag += STEP) {
    const similarity = similarityAt(pcm, more, lag, channels);
    if (similarity > bestSimilarity) [best, bestSimilarity] = [lag, similarity];
  }
  const kept = best * channels;
  const joined = new Float32Array(kept + pcm.length);
  joined.set(more.subarray(0, kept));
  joined.set(pcm, kept);
  crossFade(more.subarray(kept), joined.subarray(kept), channels);
  return joined;
}

/** Fades in place from `from` to what stands in `to`, over the seam. */
function crossFade(from: Float32Array, to: Float32Array, channels: Channels): void {
  const samples = Math.min(SEAM_SAMPLES * channels, from.length, to.length);
  for (let i = 0; i < samples; i += 1) {
    // For two channels half a sample off on one side: nobody hears a weight of 0.002.
    const weight = (i + 0.5) / samples;
    to[i] = from[i]! * (1 - weight) + to[i]! * weight;
  }
}
