import type { Channels } from "@rostra/wire";
import { MOST_SAMPLES } from "../vector/loops.ts";
import { vectors } from "../vector/vectors.ts";

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
    for (let start = 0; start < pcm.length; start += MOST_SAMPLES) {
      this.#piece(pcm.length <= MOST_SAMPLES ? pcm : pcm.subarray(start, start + MOST_SAMPLES));
    }
  }

  #piece(pcm: Float32Array): void {
    const block = BLOCK_SAMPLES * this.#channels;
    const blocks = Math.ceil(pcm.length / block);
    const loops = vectors();
    loops.take(pcm, block);
    const isSane = loops.blockPeaks(pcm.length, block);
    const { out: peaks } = loops;
    let peak = 0;
    for (let i = 0; i < blocks; i += 1) peak = Math.max(peak, peaks[i]!);
    if (this.#gain === 1 && isSane && peak <= LIMITER_CEILING) return;
    this.#plan(blocks);
    loops.ramps(pcm.length, block, this.#channels, LIMITER_CEILING);
    loops.give(pcm);
  }

  /** Of each block's peak, how its gain begins and moves. */
  #plan(blocks: number): void {
    const { out: peaks, from, step } = vectors();
    let needed = gainFor(peaks[0]!);
    for (let block = 0; block < blocks; block += 1) {
      const neededNext = block + 1 < blocks ? gainFor(peaks[block + 1]!) : 1;
      const released = this.#gain + (1 - this.#gain) * RELEASE_PER_BLOCK;
      // The end of this block is the beginning of the next: low enough for both.
      const target = Math.min(needed, neededNext, released);
      // A piece that begins loud finds the gain too high: only there it must jump.
      const start = Math.min(this.#gain, needed);
      from[block] = start;
      step[block] = (target - start) / BLOCK_SAMPLES;
      this.#gain = target;
      needed = neededNext;
    }
  }
}

/** What brings such a peak under the ceiling. */
function gainFor(peak: number): number {
  return LIMITER_CEILING / Math.max(peak, LIMITER_CEILING);
}
