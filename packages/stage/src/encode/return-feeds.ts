import type { Ear } from "../mix/ear.ts";
import type { StageMix } from "../mix/stage-mix.ts";
import type { Speaker } from "../speaker/speaker.ts";
import type { SeamlessEncoder } from "./seamless-encoder.ts";

/** What one speaker hears in one tick. */
export interface FeedPacket {
  readonly speaker: Speaker;
  readonly packet: Uint8Array;
}

/** An encoder for each mix that is shared; asked only where somebody hears it. */
export type SharedEncoders = readonly SeamlessEncoder[];

/**
 * What goes back to the speakers of one tick. Everybody hears the mix that is theirs to hear.
 * Talkers get it without their own voice, encoded for each; all others who hear the same share one
 * packet. That one holds every voice, so whoever isn't talking must really be silent: see
 * {@link Speaker.isTalking}.
 */
export class ReturnFeeds {
  readonly #encoders: SharedEncoders;
  readonly #encoderOf = new Map<Ear, SeamlessEncoder>();
  /** Packets of this tick. */
  readonly #shared = new Map<Ear, Uint8Array>();

  /** The encoders stay their owner's. @param encoders one for each mix of the stage */
  constructor(encoders: SharedEncoders) {
    this.#encoders = encoders;
  }

  /**
   * @param program this frame's packet for the audience, where it holds just what speakers on air
   *   may hear: all voices and nothing else
   */
  make(
    number: number,
    mix: StageMix,
    speakers: Iterable<Speaker>,
    program: Uint8Array | undefined,
  ): FeedPacket[] {
    this.#shared.clear();
    if (program !== undefined) this.#shared.set(mix.ear("air", false), program);
    const feeds: FeedPacket[] = [];
    const all = [...speakers];
    const others = all.filter(({ isTalking }) => isTalking).length - 1;
    for (const speaker of all) {
      const { returnFeed, standing } = speaker;
      if (returnFeed === null) continue;
      const ear = mix.ear(standing.ear, standing.hearsWhispers);
      const isOwn = speaker.isTalking && ear.holds(speaker.bus);
      const packet = isOwn
        ? returnFeed.encode(number, ear, speaker.bus, speaker.latePcm, others)
        : this.#packet(number, ear);
      speaker.sent = isOwn ? returnFeed.sent : ear.sent;
      feeds.push({ speaker, packet });
    }
    return feeds;
  }

  #packet(number: number, ear: Ear): Uint8Array {
    let packet = this.#shared.get(ear);
    if (packet === undefined) {
      packet = this.#encoder(ear).encode(number, ear.heard, ear.before);
      this.#shared.set(ear, packet);
    }
    return packet;
  }

  #encoder(ear: Ear): SeamlessEncoder {
    let encoder = this.#encoderOf.get(ear);
    if (encoder === undefined) {
      encoder = this.#encoders[this.#encoderOf.size]!;
      this.#encoderOf.set(ear, encoder);
    }
    return encoder;
  }
}
