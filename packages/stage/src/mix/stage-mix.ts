import { Limiter, TruePeakLimiter } from "@rostra/sound";
import type { Channels } from "@rostra/wire";
import { BUS_NAMES, Bus, type BusName } from "./bus.ts";
import { Ear, type EarPart } from "./ear.ts";

/** How those who are backstage hear the program: there, but below what they say: -12 dB. */
const PROGRAM_BACKSTAGE = 10 ** (-12 / 20);

/** Mixes that differ: with and without whispers, of each of the two below. */
export const EARS_PER_STAGE = 4;

/** What somebody may hear, apart from whispers. */
export type EarName = "air" | "backstage";

/** One voice of one tick. */
export interface MixedVoice {
  readonly pcm: Float32Array;
  /** The same, later by what the program's limiter takes. */
  readonly latePcm: Float32Array;
  /** Where it goes. */
  readonly bus: BusName;
}

/**
 * Sums the voices of a tick by bus, each voice once, and gives everybody the mix that is theirs:
 * work grows with those who talk and the mixes that differ, not with the square of anything.
 */
export class StageMix {
  /** What goes on air: see `add` for the one way in. */
  readonly #air: Bus;
  readonly #onAir: Ear;
  /** What the stage hears, later by what that limiter takes. */
  readonly #buses: Readonly<Record<BusName, Bus>>;
  readonly #plain: Readonly<Record<EarName, Ear>>;
  readonly #whispering: Readonly<Record<EarName, Ear>>;
  #number = -1;

  /** @param channels of all that is heard; voices may have one or two */
  constructor(channels: Channels = 1) {
    const bus = () => new Bus(channels);
    this.#buses = { program: bus(), room: bus(), backstage: bus(), whisper: bus() };
    this.#air = bus();
    const onAir: EarPart = { name: "program", bus: this.#air, gain: 1 };
    this.#onAir = new Ear([onAir], channels, new TruePeakLimiter({ channels }));
    const ear = (parts: readonly EarPart[], from?: Ear) =>
      new Ear(parts, channels, new Limiter(channels), from);
    const part = (name: BusName, gain = 1): EarPart => ({ name, bus: this.#buses[name], gain });
    // One of the two is always empty: either the space is live, or it isn't.
    const airParts = [part("program"), part("room")];
    const backstageParts = [part("backstage"), part("program", PROGRAM_BACKSTAGE)];
    const air = ear(airParts);
    const backstage = ear(backstageParts, air);
    this.#plain = { air, backstage };
    this.#whispering = {
      air: ear([...airParts, part("whisper")], air),
      backstage: ear([...backstageParts, part("whisper")], backstage),
    };
  }

  /** The voices on air, at most -1 dBTP; silence where the space isn't live. */
  get onAir(): Float32Array {
    return this.#onAir.heard;
  }

  /** Begins frame `number`: empties the buses. */
  begin(number: number): void {
    this.#number = number;
    this.#air.clear();
    for (const name of BUS_NAMES) this.#buses[name].clear();
  }

  add({ pcm, latePcm, bus }: MixedVoice): void {
    if (bus === "program") this.#air.add(pcm);
    this.#buses[bus].add(latePcm);
  }

  /** All voices are added. */
  finish(): void {
    this.#onAir.mix(this.#number);
    this.#plain.air.mix(this.#number);
  }

  /**
   * The mix that somebody hears in this frame. The same object for all who hear the same: whispers
   * make a mix of its own only while somebody whispers.
   */
  ear(name: EarName, hearsWhispers: boolean): Ear {
    const isWhispering = hearsWhispers && !this.#buses.whisper.isEmpty;
    const ear = (isWhispering ? this.#whispering : this.#plain)[name];
    ear.mix(this.#number);
    return ear;
  }
}
