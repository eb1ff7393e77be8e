import type { Counts } from "../stats/tally.ts";

/** Which frames a listener has had, by their numbers: what was jumped over, and what came twice. */
export class FrameLine {
  /** Number of the frame that should come next; -1: any. */
  next = -1;
  #overlaps = false;

  /** Two connections overlap on purpose, and nobody hears it. */
  overlap(): void {
    this.#overlaps = true;
  }

  follow(first: number, count: number, counts: Counts): void {
    const { next } = this;
    if (next >= 0 && first > next) counts.skippedFrames += first - next;
    const known = next >= 0 && first < next ? Math.min(next, first + count) - first : 0;
    if (!this.#overlaps) counts.repeatedFrames += known;
    if (first + count >= next) this.#overlaps = false;
    this.next = Math.max(next, first + count);
  }
}
