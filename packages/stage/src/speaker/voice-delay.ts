import { LIMITER_LATENCY_SAMPLES } from "@rostra/sound";
import { FRAME_SAMPLES } from "@rostra/wire";

/** What fits into a frame before the samples that wait for the next one. */
const AT_ONCE = FRAME_SAMPLES - LIMITER_LATENCY_SAMPLES;

/**
 * A voice, later by what the program's limiter takes (1.5 ms). What the stage hears of itself is
 * mixed from these: so it stands where the program does, and people can be moved between the
 * program's own packets and a mix of theirs without a jump in time.
 */
export class VoiceDelay {
  /** The delayed frame. Valid until the next. */
  readonly pcm = new Float32Array(FRAME_SAMPLES);
  readonly #rest = new Float32Array(LIMITER_LATENCY_SAMPLES);

  push(pcm: Float32Array): void {
    this.pcm.set(this.#rest);
    this.pcm.set(pcm.subarray(0, AT_ONCE), LIMITER_LATENCY_SAMPLES);
    this.#rest.set(pcm.subarray(AT_ONCE));
  }
}
