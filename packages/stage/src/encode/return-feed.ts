import {
  fitted,
  Limiter,
  type OpusEncoder,
  type OpusEncoderOptions,
  programEncoding,
} from "@rostra/sound";
import { SentSound } from "@rostra/sound/guard";
import { type Channels, FRAME_SAMPLES } from "@rostra/wire";
import type { BusName } from "../mix/bus.ts";
import type { Ear } from "../mix/ear.ts";
import { SeamlessEncoder } from "./seamless-encoder.ts";

/** The lowest that recognises transients: a "p" or "t" isn't smeared over its frame (decision 8). */
const COMPLEXITY = 1;
/** Where so many others talk at once, nothing sets in suddenly enough to be smeared (decision 14). */
const CROWD = 3;
const CROWD_COMPLEXITY = 0;

/**
 * How the mixes that go back to speakers are encoded. Prediction is off as in the program, so a
 * speaker can be moved between the shared mix and their own from one packet to the next. Less
 * complex than the program: there is one per talker, and one listener each.
 */
export function returnEncoding(channels: Channels): OpusEncoderOptions {
  return { ...programEncoding(channels), complexity: COMPLEXITY };
}

/** One speaker's own mix: everyone but them. Owns its encoder. */
export class ReturnFeed {
  /** The frame that was encoded last, for its owner's guard. */
  readonly sent = new SentSound();
  readonly #heard: Float32Array;
  readonly #encoder: SeamlessEncoder;
  readonly #limiter: Limiter;
  #isCrowd = false;

  /** @param channels that `encoder` takes */
  constructor(encoder: OpusEncoder, channels: Channels = 1) {
    this.#heard = new Float32Array(FRAME_SAMPLES * channels);
    this.#limiter = new Limiter(channels);
    this.#encoder = new SeamlessEncoder(encoder);
  }

  /**
   * @param number of the frame
   * @param ear what they hear, `voice` in it by the bus of that name
   * @param talkers how many others talk
   */
  encode(number: number, ear: Ear, bus: BusName, voice: Float32Array, talkers: number): Uint8Array {
    this.#adapt(talkers >= CROWD);
    ear.without(bus, voice, this.#heard);
    this.#limiter.process(this.#heard);
    this.sent.take(fitted(this.#heard, FRAME_SAMPLES));
    return this.#encoder.encode(number, this.#heard, ear.before);
  }

  #adapt(isCrowd: boolean): void {
    if (isCrowd === this.#isCrowd) return;
    this.#isCrowd = isCrowd;
    this.#encoder.setComplexity(isCrowd ? CROWD_COMPLEXITY : COMPLEXITY);
  }

  close(): void {
    this.#encoder.close();
  }
}
