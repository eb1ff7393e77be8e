import type { Relay } from "@rostra/relay";
import type { Clock } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import { BeatClock } from "./beat-clock.ts";
import { type Gathering, Patience, type Served } from "./patience.ts";
import { Pulse } from "./pulse.ts";

export interface RhythmOptions {
  readonly clock: Clock;
  readonly relay: Pick<Relay, "gatherFrames">;
  readonly served: () => Served;
  /** Whoever is served, in whatever way. */
  readonly isAnybodyThere: () => boolean;
  readonly onBeat: (nowMs: number) => void;
}

/**
 * When an edge wakes up. What it costs with few listeners, or none, is hardly work: it is being woken.
 * So all that is due by time is done at one beat, which comes with frames where they come; where these
 * may come together they do; and what isn't urgent waits for a beat, too.
 */
export class Rhythm {
  /** For those whose long waits needn't be exact to the millisecond. */
  readonly unhurried: Clock;
  readonly #options: RhythmOptions;
  readonly #patience = new Patience(process.pid);
  readonly #pulse: Pulse;
  #gathering: Gathering | undefined;

  constructor(options: RhythmOptions) {
    this.#options = options;
    const { clock } = options;
    const beats = new BeatClock(clock, BOUNDS.pulseMs);
    this.unhurried = beats;
    this.#pulse = new Pulse({
      clock,
      periodMs: BOUNDS.pulseMs,
      watchMs: BOUNDS.watchMs,
      onBeat: (nowMs) => {
        options.onBeat(nowMs);
        beats.beat(nowMs);
        this.#settle(nowMs);
      },
    });
  }

  /** Frames of a space have come, and those whose turn it was have been written to. */
  came(): void {
    this.#pulse.nudge();
  }

  /** @see Pulse.lateness */
  lateness(): () => number {
    return this.#pulse.lateness();
  }

  close(): void {
    this.#pulse.close();
  }

  #settle(nowMs: number): void {
    const { relay, served, isAnybodyThere } = this.#options;
    this.#pulse.rests = !isAnybodyThere();
    const gathering = this.#patience.sample(served(), nowMs);
    if (gathering === this.#gathering) return;
    this.#gathering = gathering;
    relay.gatherFrames(gathering.withinMs, gathering.phase);
  }
}
