import { VirtualClock } from "@rostra/testkit";
import type { Cancel, Clock } from "@rostra/wire";

/** A virtual clock for a process that may stand still: time passes, and no timer fires in it. */
export class StallingClock implements Clock {
  readonly #virtual: VirtualClock;
  #stalledMs = 0;

  constructor(startMs: number) {
    this.#virtual = new VirtualClock(startMs);
  }

  nowMs(): number {
    return this.#virtual.nowMs() + this.#stalledMs;
  }

  after(delayMs: number, callback: () => void): Cancel {
    return this.#virtual.after(delayMs, callback);
  }

  get pending(): number {
    return this.#virtual.pending;
  }

  advance(ms: number): void {
    this.#virtual.advance(ms);
  }

  async advanceSettling(ms: number): Promise<void> {
    await this.#virtual.advanceSettling(ms);
  }

  /** What was about to fire fires late by this. */
  stall(ms: number): void {
    this.#stalledMs += ms;
  }
}
