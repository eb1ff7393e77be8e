import { FRAMES_PER_SECOND } from "@rostra/wire";
import type { SpeakerMeter } from "./speaker.ts";

/** Fewer packets in a second than this say little: who skips silence (DTX) sends five. */
const ENOUGH_PACKETS = 12;
/** Then so much longer is looked back. */
const LONG_FRAMES = 4 * FRAMES_PER_SECOND;

/**
 * What became of one speaker's packets in the last second, for those who look at their path; where
 * few were due, in the last four. Hands everything on to the meter that all speakers share.
 */
export class PathMeter implements SpeakerMeter {
  readonly #shared: SpeakerMeter;
  // One place per tick, written over after four seconds.
  readonly #lost = new Uint16Array(LONG_FRAMES);
  readonly #stored = new Uint16Array(LONG_FRAMES);
  #at = 0;

  constructor(shared: SpeakerMeter) {
    this.#shared = shared;
  }

  /** Share of the packets that never came in time, 0 to 1; 0 where none was due. */
  get loss(): number {
    const due =
      this.#sum(this.#lost, FRAMES_PER_SECOND) + this.#sum(this.#stored, FRAMES_PER_SECOND);
    const frames = due >= ENOUGH_PACKETS ? FRAMES_PER_SECOND : LONG_FRAMES;
    const lost = this.#sum(this.#lost, frames);
    return lost === 0 ? 0 : lost / (lost + this.#sum(this.#stored, frames));
  }

  /** Of the last so many ticks. */
  #sum(counts: Uint16Array, frames: number): number {
    let total = 0;
    for (let back = 0; back < frames; back += 1) {
      total += counts[(this.#at + LONG_FRAMES - back) % LONG_FRAMES]!;
    }
    return total;
  }

  /** A tick has passed. */
  tick(): void {
    this.#at = (this.#at + 1) % LONG_FRAMES;
    this.#lost[this.#at] = 0;
    this.#stored[this.#at] = 0;
  }

  /** A packet came in time. */
  stored(): void {
    this.#stored[this.#at] = this.#stored[this.#at]! + 1;
  }

  received(): void {
    this.#shared.received();
  }

  lost(packets: number): void {
    this.#lost[this.#at] = Math.min(0xffff, this.#lost[this.#at]! + packets);
    this.#shared.lost(packets);
  }

  concealed(frames: number): void {
    this.#shared.concealed(frames);
  }

  recovered(packets: number): void {
    this.#shared.recovered(packets);
  }

  jitter(seconds: number): void {
    this.#shared.jitter(seconds);
  }
}
