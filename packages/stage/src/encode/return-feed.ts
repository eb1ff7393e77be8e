import {
  Limiter,
  type OpusEncoder,
  type OpusEncoderOptions,
  PROGRAM_ENCODING,
} from "@rostra/sound";
import { SeamlessEncoder } from "./seamless-encoder.ts";

/**
 * How the mixes that go back to speakers are encoded. Prediction is off as in the program, so a
 * speaker can be moved between the shared mix and their own from one packet to the next. Less
 * complex than the program: there is one per talker, and one listener each.
 */
export const RETURN_ENCODING: OpusEncoderOptions = { ...PROGRAM_ENCODING, complexity: 5 };

/** One speaker's own mix: everyone but them. Owns its encoder. */
export class ReturnFeed {
  readonly #encoder: SeamlessEncoder;
  readonly #limiter = new Limiter();

  constructor(encoder: OpusEncoder) {
    this.#encoder = new SeamlessEncoder(encoder);
  }

  /**
   * @param number of the frame
   * @param pcm one frame; limited in place
   * @param before the frame that this speaker heard before, if it came from the shared mix
   */
  encode(number: number, pcm: Float32Array, before: Float32Array): Uint8Array {
    this.#limiter.process(pcm);
    return this.#encoder.encode(number, pcm, before);
  }

  close(): void {
    this.#encoder.close();
  }
}
