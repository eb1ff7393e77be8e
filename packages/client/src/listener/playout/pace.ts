/** How fast to play to come back to the delay that is wanted. No pitch is kept: stay close to 1. */

/** Faster than this is heard as a change of voice. */
const MAX_RATE = 1.05;
/** Slower sounds worse than faster, and is needed for small corrections only. */
const MIN_RATE = 0.98;
/** Within this distance nothing is done: sound cards and networks wobble. */
const IDLE_MS = 40;
/** A correction goes on until this close, so that it doesn't start over and over. */
const DONE_MS = 10;
/** Behind by this many ms plays at twice the speed, if MAX_RATE let it. */
const SLOPE_MS = 10_000;

export class Pace {
  #correcting = false;

  /** @param behindMs how much later than wanted the sound plays; negative: too early */
  rateFor(behindMs: number): number {
    const distance = Math.abs(behindMs);
    if (distance > IDLE_MS) this.#correcting = true;
    else if (distance < DONE_MS) this.#correcting = false;
    if (!this.#correcting) return 1;
    return Math.min(MAX_RATE, Math.max(MIN_RATE, 1 + behindMs / SLOPE_MS));
  }
}
