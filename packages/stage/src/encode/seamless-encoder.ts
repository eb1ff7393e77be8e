import { fitted, type OpusEncoder } from "@rostra/sound";

/**
 * An encoder that isn't asked for every frame: listeners get somebody else's packets in between.
 * Opus looks 6.5 ms back, so an encoder that comes back would begin with a piece of what it was
 * last given, a click. Here it is first given what listeners have just heard.
 */
export class SeamlessEncoder {
  readonly #encoder: OpusEncoder;
  #lastNumber = -1;

  /** Owns `encoder` from now on. */
  constructor(encoder: OpusEncoder) {
    this.#encoder = encoder;
  }

  /**
   * @param number of the frame
   * @param pcm one frame of sound
   * @param before the frame that listeners heard before this one, from whatever encoder, mono or not
   */
  encode(number: number, pcm: Float32Array, before: Float32Array): Uint8Array {
    if (number !== this.#lastNumber + 1) {
      this.#encoder.encode(fitted(before, pcm.length));
    }
    this.#lastNumber = number;
    return this.#encoder.encode(pcm);
  }

  setComplexity(complexity: number): void {
    this.#encoder.setComplexity(complexity);
  }

  close(): void {
    this.#encoder.close();
  }
}
