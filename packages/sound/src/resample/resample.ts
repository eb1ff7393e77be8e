import { SoundError } from "../errors.ts";

// Zero crossings of the sinc on each side: 32 keeps aliases and droop out of the way of speech.
const ZERO_CROSSINGS = 32;
// Shape of the Kaiser window: about 90 dB of stop band (Kaiser's formula: 0.1102 (A - 8.7)).
const KAISER_BETA = 9;
// The pass band ends below the lower of the two Nyquist frequencies, to leave room to fall.
const PASS_BAND = 0.94;
const MAX_RATE_HZ = 768_000;

/**
 * Changes the sample rate with a band-limited (windowed sinc) filter. The whole sound at once, no
 * delay: the first sample stays the first. For tests and tools, not for the path of the sound.
 * @returns round(length * toHz / fromHz) samples
 * @throws {SoundError} `bad-option`
 */
export function resample(
  pcm: Float32Array,
  fromHz: number,
  toHz: number,
): Float32Array<ArrayBuffer> {
  checkRate(fromHz);
  checkRate(toHz);
  if (fromHz === toHz) return new Float32Array(pcm);
  const divisor = greatestCommonDivisor(fromHz, toHz);
  // Output n stands at n * step / phases of the input, so there are only `phases` filters.
  const phases = toHz / divisor;
  const step = fromHz / divisor;
  const cutoff = PASS_BAND * Math.min(1, toHz / fromHz);
  const reach = Math.ceil(ZERO_CROSSINGS / cutoff);
  const filters = new Map<number, Float64Array>();
  const out = new Float32Array(Math.round((pcm.length * toHz) / fromHz));
  for (let n = 0; n < out.length; n += 1) {
    const centre = Math.floor((n * step) / phases);
    const phase = (n * step) % phases;
    let filter = filters.get(phase);
    if (filter === undefined) {
      filter = sincFilter(phase / phases, cutoff, reach);
      filters.set(phase, filter);
    }
    out[n] = convolveAt(pcm, centre - reach + 1, filter);
  }
  return out;
}

function checkRate(rateHz: number): void {
  if (!Number.isInteger(rateHz) || rateHz < 1 || rateHz > MAX_RATE_HZ) {
    throw new SoundError("bad-option", `a sample rate is 1 to ${MAX_RATE_HZ} Hz`);
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function convolveAt(pcm: Float32Array, first: number, filter: Float64Array): number {
  const end = Math.min(filter.length, pcm.length - first);
  let sum = 0;
  for (let k = Math.max(0, -first); k < end; k += 1) sum += pcm[first + k]! * filter[k]!;
  return sum;
}

/** Taps for a point `fraction` of a sample after tap number `reach - 1`; they add up to 1. */
function sincFilter(fraction: number, cutoff: number, reach: number): Float64Array {
  const taps = new Float64Array(2 * reach);
  let sum = 0;
  for (let k = 0; k < taps.length; k += 1) {
    const distance = k - reach + 1 - fraction;
    taps[k] = sinc(distance * cutoff) * kaiser(distance / reach);
    sum += taps[k]!;
  }
  for (let k = 0; k < taps.length; k += 1) taps[k] = taps[k]! / sum;
  return taps;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser window, `x` from -1 to 1. */
function kaiser(x: number): number {
  return besselI0(KAISER_BETA * Math.sqrt(Math.max(0, 1 - x * x))) / besselI0(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
