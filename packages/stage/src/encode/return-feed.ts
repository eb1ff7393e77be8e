import { Limiter, type OpusEncoder, type OpusEncoderOptions, programEncoding } from "@rostra/sound";
import { type Channels, FRAME_SAMPLES } from "@rostra/wire";
import type { BusName } from "../mix/bus.ts";
import type { Ear } from "../mix/ear.ts";
import { SeamlessEncoder } from "./seamless-encoder.ts";

/**
 * How the mixes that go back to speakers are encoded. Prediction is off as in the program, so a
 * speaker can be moved between the shared mix and their own from one packet to the next. Less
 * complex than the program: there is one per talker, and one listener each.
 */
export function returnEncoding(channels: Channels): OpusEncoderOptions {
  return { ...programEncoding(channels), complexity: 1 };
}

/** One speaker's own mix: everyone but them. Owns its encoder. */
export class ReturnFeed {
  /** The frame that was encoded last. */
  readonly heard: Float32Array;
  readonly #encoder: SeamlessEncoder;
  readonly #limiter: Limiter;

  /** @param channels that `encoder` takes */
  constructor(encoder: OpusEncoder, channels: Channels = 1) {
    this.heard = new Float32Array(FRAME_SAMPLES * channels);
    this.#limiter = new Limiter(channels);
    this.#encoder = new SeamlessEncoder(encoder);
  }

  /**
   * @param number of the frame
   * @param ear what they hear, `voice` in it by the bus of that name
   */
  encode(number: number, ear: Ear, bus: BusName, voice: Float32Array): Uint8Array {
    ear.without(bus, voice, this.heard);
    this.#limiter.process(this.heard);
    return this.#encoder.encode(number, this.heard, ear.before);
  }

  close(): void {
    this.#encoder.close();
  }
}
