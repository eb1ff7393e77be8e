import { FRAMES_PER_SECOND } from "@rostra/wire";
import type { SpeakerMeter } from "./speaker.ts";

/**
 * What became of one speaker's packets in the last second, for those who look at their path. Hands
 * everything on to the meter that all speakers share.
 */
export class PathMeter implements SpeakerMeter {
  readonly #shared: SpeakerMeter;
  // One place per tick, written over after a second.
  readonly #lost = new Uint16Array(FRAMES_PER_SECOND);
  readonly #stored = new Uint16Array(FRAMES_PER_SECOND);
  #at = 0;

  constructor(shared: SpeakerMeter) {
    this.#shared = shared;
  }

  /** Share of the last second's packets that never came in time, 0 to 1; 0 where none was due. */
  get loss(): number {
    const lost = sum(this.#lost);
    return lost === 0 ? 0 : lost / (lost + sum(this.#stored));
  }

  /** A tick has passed. */
  tick(): void {
    this.#at = (this.#at + 1) % FRAMES_PER_SECOND;
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

function sum(counts: Uint16Array): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
