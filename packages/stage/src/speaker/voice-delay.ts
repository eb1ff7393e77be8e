import { LIMITER_LATENCY_SAMPLES } from "@rostra/sound";
import { type Channels, FRAME_SAMPLES } from "@rostra/wire";

/**
 * A voice, later by what the program's limiter takes (1.5 ms). What the stage hears of itself is
 * mixed from these: so it stands where the program does, and people can be moved between the
 * program's own packets and a mix of theirs without a jump in time.
 */
export class VoiceDelay {
  /** The delayed frame. Valid until the next. */
  readonly pcm: Float32Array;
  /** What didn't fit into the frame: it begins the next. */
  readonly #rest: Float32Array;
  /** Silent frames in a row; after two nothing but silence is left in here. */
  #silentFrames = 0;

  constructor(channels: Channels = 1) {
    this.pcm = new Float32Array(FRAME_SAMPLES * channels);
    this.#rest = new Float32Array(LIMITER_LATENCY_SAMPLES * channels);
  }

  /** @param isSilent whether `pcm` is nothing but zeros */
  push(pcm: Float32Array, isSilent: boolean): void {
    this.#silentFrames = isSilent ? this.#silentFrames + 1 : 0;
    if (this.#silentFrames > 2) return;
    const late = this.#rest.length;
    const atOnce = this.pcm.length - late;
    this.pcm.set(this.#rest);
    this.pcm.set(pcm.subarray(0, atOnce), late);
    this.#rest.set(pcm.subarray(atOnce));
  }
}
