import { SoundError } from "../errors.ts";

export interface AlignOptions {
  /** How far `b` may be shifted either way. Default 5 s. */
  readonly maxLagMs?: number;
  /** Length of the windows whose loudness is compared. Default 20 ms. */
  readonly windowMs?: number;
}

export interface Alignment {
  /** Pearson correlation of the two envelopes where they overlap, -1 to 1; 0 where one is flat. */
  readonly correlation: number;
  /** How much later the sound comes in `b` than in `a`; negative where it comes earlier. */
  readonly offsetMs: number;
}

// The best coarse lag is refined to this step: windows that straddle differently correlate worse.
const FINE_STEP_MS = 1;
// A short overlap correlates by chance: at least this share of the shorter sound must take part.
const MIN_OVERLAP = 0.5;

/**
 * Whether `b` sounds like `a`, wherever it begins: the correlation of their loudness over time at
 * the lag where it is best. Deaf to gain, phase and codecs. Only what overlaps at a lag is
 * compared, so either may begin or end with sound that the other has not.
 * @throws {SoundError} `bad-option` for a rate or window that gives no whole windows
 */
export function alignAndCorrelate(
  a: Float32Array,
  b: Float32Array,
  sampleRateHz: number,
  options: AlignOptions = {},
): Alignment {
  const windowMs = options.windowMs ?? 20;
  const window = Math.round((sampleRateHz * windowMs) / 1000);
  if (!(sampleRateHz > 0 && window > 0)) {
    throw new SoundError("bad-option", "the sample rate and the window must be positive");
  }
  const envelope = windows(a, window);
  const energy = runningEnergy(b);
  const maxLag = Math.floor(((options.maxLagMs ?? 5_000) * sampleRateHz) / 1000);
  const minCount = Math.max(2, Math.floor((Math.min(a.length, b.length) / window) * MIN_OVERLAP));
  const at = (lag: number) => correlationAt(envelope, energy, window, lag, minCount);

  const coarse = best(at, -Math.floor(maxLag / window) * window, maxLag, window);
  const fine = Math.max(1, Math.round((sampleRateHz * FINE_STEP_MS) / 1000));
  const reach = Math.floor(window / fine) * fine;
  const { lag, correlation } = best(at, coarse.lag - reach, coarse.lag + reach, fine);
  return { correlation, offsetMs: (lag / sampleRateHz) * 1000 };
}

function best(at: (lag: number) => number, from: number, to: number, step: number) {
  let winner = { lag: 0, correlation: at(0) };
  for (let lag = from; lag <= to; lag += step) {
    const correlation = at(lag);
    if (correlation > winner.correlation) winner = { lag, correlation };
  }
  return winner;
}

/** RMS of each whole window. */
function windows(pcm: Float32Array, window: number): Float64Array {
  const energy = runningEnergy(pcm);
  return Float64Array.from({ length: Math.floor(pcm.length / window) }, (_, index) =>
    Math.sqrt(energy[(index + 1) * window]! - energy[index * window]!),
  );
}

/** Sum of the squares of all samples before each: any window's energy is one subtraction. */
function runningEnergy(pcm: Float32Array): Float64Array {
  const sums = new Float64Array(pcm.length + 1);
  for (let i = 0; i < pcm.length; i += 1) sums[i + 1] = sums[i]! + pcm[i]! * pcm[i]!;
  return sums;
}

/** Pearson correlation of a's windows with b's, `lag` samples later. */
function correlationAt(
  envelope: Float64Array,
  energy: Float64Array,
  window: number,
  lag: number,
  minCount: number,
): number {
  const first = Math.max(0, Math.ceil(-lag / window));
  const end = Math.min(envelope.length, Math.floor((energy.length - 1 - lag) / window));
  const count = end - first;
  if (count < minCount) return 0;
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let index = first; index < end; index += 1) {
    const start = index * window + lag;
    const valueA = envelope[index]!;
    const valueB = Math.sqrt(energy[start + window]! - energy[start]!);
    sumA += valueA;
    sumB += valueB;
    sumAA += valueA * valueA;
    sumBB += valueB * valueB;
    sumAB += valueA * valueB;
  }
  const spread = (sumAA - (sumA * sumA) / count) * (sumBB - (sumB * sumB) / count);
  return spread > 1e-20 ? (sumAB - (sumA * sumB) / count) / Math.sqrt(spread) : 0;
}
