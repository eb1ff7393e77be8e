/** Pings that wait for their answer; more are not sent. */
const MAX_WAITING = 64;

/**
 * How far the other end is behind, by pings that go the same way as everything else: what the
 * kernel and the edge between hold back shows here alone, not in our own buffers. Pure.
 */
export class Lag {
  readonly #sentAtMs: number[] = [];
  #fastestMs = Number.POSITIVE_INFINITY;
  #number = 0;
  #answered = 0;

  /** @returns the number to send; undefined where too many wait already */
  ping(nowMs: number): number | undefined {
    if (this.#sentAtMs.length >= MAX_WAITING) return undefined;
    this.#sentAtMs.push(nowMs);
    this.#number += 1;
    return this.#number;
  }

  /** Answers come in the order of the pings; whatever is no answer to one is let go. */
  pong(number: number, nowMs: number): void {
    while (this.#answered < number && this.#sentAtMs.length > 0) {
      this.#answered += 1;
      const sentAtMs = this.#sentAtMs.shift()!;
      if (this.#answered === number) {
        this.#fastestMs = Math.min(this.#fastestMs, nowMs - sentAtMs);
      }
    }
  }

  /** Since when the oldest ping waits, ms; 0 where all are answered. */
  waitingMs(nowMs: number): number {
    return this.#sentAtMs.length === 0 ? 0 : nowMs - this.#sentAtMs[0]!;
  }

  /** What waits on the way, in ms of time: beyond what the way itself takes. */
  behindMs(nowMs: number): number {
    if (this.#fastestMs === Number.POSITIVE_INFINITY) return 0;
    return Math.max(0, this.waitingMs(nowMs) - this.#fastestMs);
  }
}
