import { mixInto } from "@rostra/sound";
import { type Channels, FRAME_SAMPLES } from "@rostra/wire";

export const BUS_NAMES = ["program", "room", "backstage", "whisper"] as const;
/**
 * Where voices are summed. program: what goes on air, and nothing else does. room: the stage among
 * itself before air. backstage, whisper: the two channels that never go on air.
 */
export type BusName = (typeof BUS_NAMES)[number];

/** The sum of some voices of one tick. */
export class Bus {
  /** Not limited, interleaved where it is stereo. Valid until the next `clear`. */
  readonly pcm: Float32Array;
  #isEmpty = true;

  constructor(channels: Channels) {
    this.pcm = new Float32Array(FRAME_SAMPLES * channels);
  }

  /** Nobody's voice is in it. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  clear(): void {
    if (this.#isEmpty) return;
    this.#isEmpty = true;
    this.pcm.fill(0);
  }

  /** @param voice mono stands in the middle; of stereo, a mono bus takes the mean of both sides */
  add(voice: Float32Array): void {
    this.#isEmpty = false;
    mixInto(this.pcm, voice);
  }
}
