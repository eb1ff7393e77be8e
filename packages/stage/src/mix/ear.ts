import { fitted, mixInto } from "@rostra/sound";
import { SentSound } from "@rostra/sound/guard";
import { type Channels, FRAME_SAMPLES } from "@rostra/wire";
import type { Bus, BusName } from "./bus.ts";

/** A bus as it is heard. */
export interface EarPart {
  readonly name: BusName;
  readonly bus: Bus;
  readonly gain: number;
}

/** Keeps a mix from clipping, in place. */
export interface Limits {
  process(pcm: Float32Array): void;
}

/**
 * A mix that several people may hear: mixed once a tick for all of them, and only where anybody asks.
 * Whoever is in it themself gets it without their own voice, which costs one subtraction.
 */
export class Ear {
  readonly #parts: readonly EarPart[];
  readonly #from: Ear | undefined;
  readonly #limiter: Limits;
  readonly #sum: Float32Array;
  #heard: Float32Array;
  #before: Float32Array;
  #number = -1;
  readonly #sent = new SentSound();
  #sentNumber = -1;

  /**
   * @param channels of its buses, and of what is heard
   * @param from what its listeners heard before, where nobody had asked for this one
   */
  constructor(parts: readonly EarPart[], channels: Channels, limiter: Limits, from?: Ear) {
    this.#sum = new Float32Array(FRAME_SAMPLES * channels);
    this.#heard = new Float32Array(FRAME_SAMPLES * channels);
    this.#before = new Float32Array(FRAME_SAMPLES * channels);
    this.#parts = parts;
    this.#limiter = limiter;
    this.#from = from;
  }

  /** All voices, limited. Valid until the next `mix`. */
  get heard(): Float32Array {
    return this.#heard;
  }

  /** The same, for the guards of all who are sent it. Valid until the next `mix`. */
  get sent(): SentSound {
    if (this.#sentNumber !== this.#number) this.#sent.take(fitted(this.#heard, FRAME_SAMPLES));
    this.#sentNumber = this.#number;
    return this.#sent;
  }

  /** What its listeners heard in the frame before. */
  get before(): Float32Array {
    return this.#before;
  }

  /** Mixes frame `number` from the buses, once however often it is asked. */
  mix(number: number): void {
    if (number === this.#number) return;
    const isNew = number !== this.#number + 1;
    this.#number = number;
    [this.#heard, this.#before] = [this.#before, this.#heard];
    if (isNew && this.#from !== undefined) {
      this.#from.mix(number);
      this.#before.set(this.#from.before);
    }
    this.#sum.fill(0);
    for (const { bus, gain } of this.#parts) {
      if (!bus.isEmpty) mixInto(this.#sum, bus.pcm, gain);
    }
    this.#heard.set(this.#sum);
    this.#limiter.process(this.#heard);
  }

  /** Whether what is added to that bus is part of this mix. */
  holds(name: BusName): boolean {
    return this.#parts.some((part) => part.name === name);
  }

  /**
   * Everyone but `voice`, which was added to the bus of that name. Not limited: each listener's own
   * feed does that, since what is loud differs. Each of the two may be mono or stereo: for a moment
   * they differ, when a space turns to music.
   */
  without(name: BusName, voice: Float32Array, target: Float32Array): void {
    const gain = this.#parts.find((part) => part.name === name)?.gain ?? 0;
    const sum = fitted(this.#sum, target.length);
    const own = fitted(voice, target.length);
    for (let i = 0; i < target.length; i += 1) target[i] = sum[i]! - own[i]! * gain;
  }
}
