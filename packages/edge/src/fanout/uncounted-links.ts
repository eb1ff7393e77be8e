import { type Clock, SIDE_BY_SIDE_MS } from "@rostra/wire";
import type { Listener } from "./crowd.ts";

/** A second link goes on beside the first; and that one's edge says once a second how many it has, ms. */
const SECOND_MS = SIDE_BY_SIDE_MS + 1_000;
/** Of an edge that has died nobody says any more how many it has, 1 to 1.3 s after it did, or later on a busy machine, ms. */
const RETURNED_MS = 2_000;

/** Listeners who came at a time, in the order in which they did, and aren't counted for so long. */
class Recent {
  readonly #forMs: number;
  readonly #sinceMs = new Map<Listener, number>();

  constructor(forMs: number) {
    this.#forMs = forMs;
  }

  add(listener: Listener, nowMs: number): void {
    this.#sinceMs.set(listener, nowMs);
  }

  remove(listener: Listener): void {
    this.#sinceMs.delete(listener);
  }

  /** Those who have stayed are let go of. */
  count(nowMs: number): number {
    for (const [listener, sinceMs] of this.#sinceMs) {
      if (nowMs - sinceMs < this.#forMs) break;
      this.#sinceMs.delete(listener);
    }
    return this.#sinceMs.size;
  }
}

/**
 * Links of listeners whom another edge counts yet: the second of who has a first one, or of who comes back from an
 * edge that went away a moment ago. The peak of an audience is kept for good, so that none may be counted twice for a
 * second either.
 */
export class UncountedLinks {
  readonly #clock: Clock;
  readonly #seconds = new Recent(SECOND_MS);
  readonly #returned = new Recent(RETURNED_MS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param isSecond whether the first one may go on beside it */
  add(listener: Listener, isSecond: boolean): void {
    (isSecond ? this.#seconds : this.#returned).add(listener, this.#clock.nowMs());
  }

  /** It has ended, or hasn't been here at all. */
  remove(listener: Listener): void {
    this.#seconds.remove(listener);
    this.#returned.remove(listener);
  }

  /** How many there are at this moment. */
  count(): number {
    const nowMs = this.#clock.nowMs();
    return this.#seconds.count(nowMs) + this.#returned.count(nowMs);
  }
}
