/** How fast to play to come back to the delay that is wanted. The pitch is kept by who plays. */

/** Speech a quarter faster is followed without effort; more is work. */
const MAX_RATE = 1.25;
/** Slower by more than this is heard as a drawl. */
const MIN_RATE = 0.9;
/** Within this distance nothing is done: sound cards and networks wobble. */
const IDLE_MS = 40;
/** A correction goes on until this close, so that it doesn't start over and over. */
const DONE_MS = 10;
/** Behind by this many ms would play at twice the speed: the last second is caught up gently. */
const FASTER_SLOPE_MS = 5_000;
/** Building up delay has a deadline, the chunks that get longer: the full 10% from 100 ms on. */
const SLOWER_SLOPE_MS = 1_000;

export class Pace {
  #correcting = false;

  /** @param behindMs how much later than wanted the sound plays; negative: too early */
  rateFor(behindMs: number): number {
    const distance = Math.abs(behindMs);
    if (distance > IDLE_MS) this.#correcting = true;
    else if (distance < DONE_MS) this.#correcting = false;
    if (!this.#correcting) return 1;
    const slopeMs = behindMs > 0 ? FASTER_SLOPE_MS : SLOWER_SLOPE_MS;
    return Math.min(MAX_RATE, Math.max(MIN_RATE, 1 + behindMs / slopeMs));
  }
}
