import {
  Limiter,
  type OpusEncoder,
  type OpusEncoderOptions,
  PROGRAM_ENCODING,
} from "@rostra/sound";

/**
 * How the mixes that go back to speakers are encoded. Prediction is off as in the program, so a
 * speaker can be moved between the shared mix and their own from one packet to the next. Less
 * complex than the program: there is one per talker, and one listener each.
 */
export const RETURN_ENCODING: OpusEncoderOptions = { ...PROGRAM_ENCODING, complexity: 5 };

/** One speaker's own mix: everyone but them. Owns its encoder. */
export class ReturnFeed {
  readonly #encoder: OpusEncoder;
  readonly #limiter = new Limiter();

  constructor(encoder: OpusEncoder) {
    this.#encoder = encoder;
  }

  /** @param pcm one frame; limited in place */
  encode(pcm: Float32Array): Uint8Array {
    this.#limiter.process(pcm);
    return this.#encoder.encode(pcm);
  }

  close(): void {
    this.#encoder.close();
  }
}
