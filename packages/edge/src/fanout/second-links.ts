import { type Clock, SIDE_BY_SIDE_MS } from "@rostra/wire";
import type { Listener } from "./crowd.ts";

/** For what a goodbye to the first link takes, and for this edge to say how many it has, ms. */
const SLACK_MS = 1_000;

/**
 * Links that came as the second of a listener whose first, at another edge, may go on beside it for a while: one
 * person, who counts there until then. The peak of an audience is kept for good, so that none may be counted twice
 * for two seconds either.
 */
export class SecondLinks {
  readonly #clock: Clock;
  /** When each came, ms: in that order. */
  readonly #sinceMs = new Map<Listener, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(listener: Listener): void {
    this.#sinceMs.set(listener, this.#clock.nowMs());
  }

  /** It has ended, or hasn't been here at all. */
  remove(listener: Listener): void {
    this.#sinceMs.delete(listener);
  }

  /** How many there are at this moment; those who have stayed are let go of. */
  count(): number {
    if (this.#sinceMs.size === 0) return 0;
    const nowMs = this.#clock.nowMs();
    for (const [listener, sinceMs] of this.#sinceMs) {
      if (nowMs - sinceMs < SIDE_BY_SIDE_MS + SLACK_MS) break;
      this.#sinceMs.delete(listener);
    }
    return this.#sinceMs.size;
  }
}
