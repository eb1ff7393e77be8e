/** Longest piece that is worked on at once; longer ones come in several. */
export const PIECE_SAMPLES = 960;

/** Samples that nothing made of voices reaches: +24 dBFS. Bounds what a broken source can do. */
const MAX_SAMPLE = 16;

/** One channel's sound with some of what came before it, in one stretch of memory. */
export class DelayLine {
  /** The newest piece begins at `history`. */
  readonly pcm: Float32Array;
  readonly #history: number;
  #length = 0;

  constructor(history: number) {
    this.#history = history;
    this.pcm = new Float32Array(history + PIECE_SAMPLES);
  }

  /**
   * Takes `samples` (at most {@link PIECE_SAMPLES}) of one channel from interleaved sound. What is
   * not a number becomes silence.
   * @param from index of the channel's first sample
   * @returns the greatest magnitude among them
   */
  take(source: Float32Array, from: number, samples: number, stride: number): number {
    this.pcm.copyWithin(0, this.#length, this.#length + this.#history);
    this.#length = samples;
    let peak = 0;
    for (let i = 0, at = from; i < samples; i += 1, at += stride) {
      let sample = source[at]!;
      if (!(sample >= -MAX_SAMPLE && sample <= MAX_SAMPLE)) sample = bounded(sample);
      this.pcm[this.#history + i] = sample;
      const level = Math.abs(sample);
      if (level > peak) peak = level;
    }
    return peak;
  }

  reset(): void {
    this.pcm.fill(0);
    this.#length = 0;
  }
}

function bounded(sample: number): number {
  return Number.isNaN(sample) ? 0 : Math.sign(sample) * MAX_SAMPLE;
}
