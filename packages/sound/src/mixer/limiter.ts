import type { Channels } from "@rostra/wire";

/** No sample leaves the limiter above this: -1 dBFS. */
export const LIMITER_CEILING = Math.fround(10 ** (-1 / 20));

// The gain is decided once per block and moves in a straight line inside it: 1 ms at 48 kHz is
// fast enough to catch a shout and slow enough not to be heard as distortion.
const BLOCK_SAMPLES = 48;
// The gain comes back with this time constant, in blocks: about 120 ms, between syllables.
const RELEASE_PER_BLOCK = 1 - Math.exp(-1 / 120);

/**
 * Turns loud sound down instead of letting it clip. Looks ahead only within the piece of sound
 * that it is given, so it adds no delay. One per mix: the gain carries on from piece to piece. Both
 * channels of stereo (interleaved) share their gain, so that voices stay where they stand.
 */
export class Limiter {
  readonly #channels: Channels;
  #gain = 1;

  constructor(channels: Channels = 1) {
    this.#channels = channels;
  }

  /** The gain at the end of the last piece, 0 to 1: below 1 while it is turning down. */
  get gain(): number {
    return this.#gain;
  }

  /** Limits in place. What is not a number becomes silence. */
  process(pcm: Float32Array): void {
    if (this.#gain === 1 && isWithin(pcm)) return;
    const block = BLOCK_SAMPLES * this.#channels;
    let needed = gainNeeded(pcm, 0, block);
    for (let start = 0; start < pcm.length; start += block) {
      const neededNext = gainNeeded(pcm, start + block, block);
      const released = this.#gain + (1 - this.#gain) * RELEASE_PER_BLOCK;
      // The end of this block is the beginning of the next: low enough for both.
      const target = Math.min(needed, neededNext, released);
      // A piece that begins loud finds the gain too high: only there it must jump.
      applyRamp(pcm, start, this.#channels, Math.min(this.#gain, needed), target);
      this.#gain = target;
      needed = neededNext;
    }
  }
}

/** Nothing to turn down, and nothing that isn't a number. */
function isWithin(pcm: Float32Array): boolean {
  for (let i = 0; i < pcm.length; i += 1) if (!(Math.abs(pcm[i]!) <= LIMITER_CEILING)) return false;
  return true;
}

/** The gain that brings the block at `start` under the ceiling; 1 where it is quiet, or not there. */
function gainNeeded(pcm: Float32Array, start: number, length: number): number {
  const end = Math.min(start + length, pcm.length);
  // Two at a time, neither of which waits for the other.
  let [even, odd] = [LIMITER_CEILING, LIMITER_CEILING];
  for (let i = start; i + 1 < end; i += 2) {
    even = Math.max(even, Math.abs(pcm[i]!));
    odd = Math.max(odd, Math.abs(pcm[i + 1]!));
  }
  if (((end - start) & 1) === 1 && end > start) odd = Math.max(odd, Math.abs(pcm[end - 1]!));
  const peak = Math.max(even, odd);
  return LIMITER_CEILING / (peak < Infinity ? peak : finitePeak(pcm, start, end));
}

/** Of what is a number: infinities are cut off, and turn nothing else down. */
function finitePeak(pcm: Float32Array, start: number, end: number): number {
  let peak = LIMITER_CEILING;
  for (let i = start; i < end; i += 1) {
    const level = Math.abs(pcm[i]!);
    if (level > peak && level < Infinity) peak = level;
  }
  return peak;
}

function applyRamp(
  pcm: Float32Array,
  start: number,
  channels: Channels,
  from: number,
  to: number,
): void {
  const end = Math.min(start + BLOCK_SAMPLES * channels, pcm.length);
  const step = (to - from) / BLOCK_SAMPLES;
  if (channels === 1) {
    for (let i = start, gain = from; i < end; i += 1, gain += step)
      pcm[i] = limited(pcm[i]! * gain);
    return;
  }
  for (let i = start, gain = from; i < end; i += channels, gain += step) {
    pcm[i] = limited(pcm[i]! * gain);
    pcm[i + 1] = limited(pcm[i + 1]! * gain);
  }
}

/** Rounding, and infinities, must not break the promise either. */
function limited(sample: number): number {
  if (sample >= -LIMITER_CEILING && sample <= LIMITER_CEILING) return sample;
  const within = Math.max(-LIMITER_CEILING, Math.min(LIMITER_CEILING, sample));
  return Number.isNaN(within) ? 0 : within;
}
