import { FRAME_SAMPLES } from "@rostra/wire";
import { Decimator } from "./decimator.ts";
import { emphasise } from "./emphasis.ts";
import { meanPower } from "./mean-power.ts";

/** The frame at hand at 16 kHz, whose ever it is. */
const wide = new Float32Array(FRAME_SAMPLES / 3);

/**
 * What somebody is sent, as their guard listens to it: made once for all who are sent the same, and
 * while the sound that it is made of is still in the processor's cache.
 */
export class SentSound {
  /** The last frame at 4 kHz, lifted: 80 samples. Valid until the next. */
  readonly pcm = new Float32Array(FRAME_SAMPLES / 12);
  readonly #wideDecimator = new Decimator(3);
  readonly #decimator = new Decimator(4);
  #last = 0;
  #power = 0;

  /** Mean power of the last frame. */
  get power(): number {
    return this.#power;
  }

  /** @param sent 960 samples at 48 kHz, mono; undefined: nothing is sent */
  take(sent: Float32Array | undefined): void {
    if (sent === undefined) this.pcm.fill(0);
    else {
      this.#wideDecimator.process(sent, wide);
      this.#decimator.process(wide, this.pcm);
    }
    this.#last = emphasise(this.pcm, this.#last);
    this.#power = meanPower(this.pcm);
  }
}
