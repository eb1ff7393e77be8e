import type { Clock } from "@rostra/wire";

/**
 * How far a stage socket is behind, by one ping at a time that goes the same way as all else: what
 * waits in the kernel, or in a proxy, no browser tells.
 */
export class PingLag {
  readonly #clock: Clock;
  #number = 0;
  #sentAtMs: number | null = null;
  #fastestMs = Number.POSITIVE_INFINITY;
  /** Of the last ping that was answered, ms. */
  rttMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns the number of the ping to send; null while one is under way */
  next(): number | null {
    if (this.#sentAtMs !== null) return null;
    this.#number += 1;
    this.#sentAtMs = this.#clock.nowMs();
    return this.#number;
  }

  onPong(number: number): void {
    if (this.#sentAtMs === null || number !== this.#number) return;
    this.rttMs = this.#clock.nowMs() - this.#sentAtMs;
    this.#fastestMs = Math.min(this.#fastestMs, this.rttMs);
    this.#sentAtMs = null;
  }

  /** How long the ping under way has waited beyond what the way itself takes, ms. */
  get behindMs(): number {
    if (this.#sentAtMs === null || this.#fastestMs === Number.POSITIVE_INFINITY) return 0;
    return Math.max(0, this.#clock.nowMs() - this.#sentAtMs - this.#fastestMs);
  }
}
