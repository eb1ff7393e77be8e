import type { Cancel, Clock } from "@rostra/wire";

interface Wait {
  readonly atMs: number;
  readonly callback: () => void;
}

/** What waits for at least so long may as well wait for a beat, ms. */
const UNHURRIED_MS = 1_000;

/**
 * A clock whose long waits end with a beat, at most half a period early or late: what isn't urgent
 * wakes up nobody. Shorter ones are the clock's own.
 */
export class BeatClock implements Clock {
  readonly #clock: Clock;
  readonly #earlyMs: number;
  // As many as there are owners of a long wait: each has one out at a time.
  readonly #waits = new Set<Wait>();

  /** @param periodMs between two beats */
  constructor(clock: Clock, periodMs: number) {
    this.#clock = clock;
    this.#earlyMs = periodMs / 2;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  after(delayMs: number, callback: () => void): Cancel {
    if (delayMs < UNHURRIED_MS) return this.#clock.after(delayMs, callback);
    const wait = { atMs: this.nowMs() + delayMs - this.#earlyMs, callback };
    this.#waits.add(wait);
    return () => void this.#waits.delete(wait);
  }

  beat(nowMs: number): void {
    for (const wait of [...this.#waits]) {
      if (wait.atMs > nowMs || !this.#waits.delete(wait)) continue;
      wait.callback();
    }
  }
}
