import { rmsDbfs } from "../level/rms.ts";
import { bestSplice, cut, LEAD_SAMPLES, MAX_LAG, repeat, SEAM_SAMPLES } from "./splice.ts";

type Pcm = Float32Array<ArrayBuffer>;

/** Owing less than this (5 ms) nothing is done: the best period may be a little longer. */
const ENOUGH_SAMPLES = 240;
/** How alike what is joined must be; the more is owed, the less is asked for. */
const SIMILAR = 0.95;
const SIMILAR_PER_SAMPLE = 0.35 / 1_200;
/** At this (25 ms) it is put off no longer. */
const PATIENCE_SAMPLES = 1_200;
/** Below this no seam can be heard: any place will do. */
const QUIET_DBFS = -50;

/**
 * Plays faster or slower without changing the pitch, for any number of channels: whole periods are
 * cut out or played twice, where the sound resembles itself most, and the seams are cross-faded
 * (WSOLA: Verhelst and Roelands, 1993). Nothing is held back: what goes in comes out in the same
 * call, and at rate 1 untouched.
 */
export class TimeStretcher {
  /** The last of what went in, all channels together: what leads up to the next block. */
  readonly #lead = new Float32Array(LEAD_SAMPLES);
  /** Samples that should have been cut (or played twice) so far and weren't. */
  #owed = 0;
  #isFaster = false;

  /**
   * @param block a few milliseconds of each channel; 20 ms is best, under 8 ms nothing can be cut
   * @param rate 0.5 to 2; 1: as it was spoken
   * @returns as many channels, each as long as the others; `block` itself where nothing changed
   */
  push(block: readonly Pcm[], rate: number): readonly Pcm[] {
    const samples = block[0]?.length ?? 0;
    if (samples === 0) return block;
    const sound = this.#withLead(block, samples);
    // Turned around, or as spoken again: what was owed is forgiven.
    if (rate === 1 || rate > 1 !== this.#isFaster) this.#owed = 0;
    if (rate === 1) return block;
    this.#isFaster = rate > 1;
    this.#owed += samples * Math.abs(1 - 1 / rate);
    return this.#splice(block, sound);
  }

  #splice(block: readonly Pcm[], sound: Float32Array): readonly Pcm[] {
    if (this.#owed < ENOUGH_SAMPLES) return block;
    const fresh = sound.subarray(LEAD_SAMPLES);
    const isQuiet = rmsDbfs(fresh) < QUIET_DBFS && fresh.length >= MAX_LAG + SEAM_SAMPLES;
    const splice = isQuiet ? { at: 0, lag: MAX_LAG, similarity: 1 } : bestSplice(sound);
    if (splice === undefined) return block;
    const needed = SIMILAR - this.#owed * SIMILAR_PER_SAMPLE;
    if (splice.similarity < needed && this.#owed < PATIENCE_SAMPLES) return block;
    this.#owed -= splice.lag;
    return block.map((pcm) => (this.#isFaster ? cut(pcm, splice) : repeat(pcm, splice)));
  }

  /** One channel of lead and block for looking at: all channels must be cut at the same place. */
  #withLead(block: readonly Pcm[], samples: number): Float32Array {
    const sound = new Float32Array(LEAD_SAMPLES + samples);
    sound.set(this.#lead);
    const mixed = sound.subarray(LEAD_SAMPLES);
    for (const pcm of block) for (let i = 0; i < samples; i += 1) mixed[i]! += pcm[i]!;
    this.#lead.set(sound.subarray(sound.length - LEAD_SAMPLES));
    return sound;
  }
}
