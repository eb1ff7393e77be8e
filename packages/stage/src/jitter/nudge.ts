import type { SampleFifo } from "@rostra/sound";
import { type Channels, FRAME_SAMPLES } from "@rostra/wire";

/** From so many samples on it's worth it; then it goes on until nothing is left. */
const BEGIN_SAMPLES = 4;

/**
 * Moves sound by single samples, one in a frame, by playing that frame a thousandth faster or
 * slower: for what is left where cutting and repeating whole waves is too coarse. A fiftieth of a
 * semitone is heard by nobody, and each frame goes on where the one before ended.
 */
export class Nudge {
  readonly #channels: Channels;
  readonly #scratch: Float32Array;
  /** The last sample that was given out, of each channel. */
  readonly #last: Float32Array;
  #isOn = false;

  constructor(channels: Channels) {
    this.#channels = channels;
    this.#scratch = new Float32Array((FRAME_SAMPLES + 1) * channels);
    this.#last = new Float32Array(channels);
  }

  /**
   * @param excess samples that the sound is behind where it should be
   * @returns samples to take more than a frame has: -1, 0 or 1
   */
  step(excess: number): -1 | 0 | 1 {
    this.#isOn = Math.abs(excess) >= (this.#isOn ? 1 : BEGIN_SAMPLES);
    if (!this.#isOn) return 0;
    return excess > 0 ? 1 : -1;
  }

  /** Fills `target`, one frame, from `fifo`. @param step of {@link step} */
  pull(fifo: SampleFifo, target: Float32Array, step: -1 | 0 | 1): void {
    const channels = this.#channels;
    if (step === 0) fifo.pull(target);
    else {
      const from = this.#scratch;
      // One slower: what came last is there once more.
      if (step < 0) from.set(this.#last);
      const begin = step < 0 ? channels : 0;
      const end = begin + (FRAME_SAMPLES + step) * channels;
      fifo.pull(from.subarray(begin, end));
      for (let i = 0; i < target.length; i += 1) {
        const weight = (Math.floor(i / channels) + 1) / FRAME_SAMPLES;
        const before = from[i]!;
        const after = from[i + channels] ?? before;
        target[i] =
          step > 0
            ? before * (1 - weight) + after * weight
            : after * (1 - weight) + before * weight;
      }
    }
    for (let c = 0; c < channels; c += 1) this.#last[c] = target[target.length - channels + c]!;
  }
}
