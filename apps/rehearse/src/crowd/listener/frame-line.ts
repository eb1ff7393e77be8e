import { SHORTEST_CADENCE_MS } from "@rostra/wire";
import type { Counts } from "../stats/tally.ts";

/** What a connection is asked for. */
export interface LineWish {
  /** Number of the first frame wanted; undefined: from now on. */
  readonly from: number | undefined;
  /** How much sound chunks held so far, ms; undefined: there were none. */
  readonly cadence: number | undefined;
}

/** Which frames a listener has had, by their numbers: what was jumped over, and what came twice. */
export class FrameLine {
  /** Number of the frame that should come next; -1: any. */
  next = -1;
  cadenceMs = SHORTEST_CADENCE_MS;
  #overlaps = false;

  /** What is asked for, to go on. */
  get wanted(): LineWish {
    const isNew = this.next < 0;
    return { from: isNew ? undefined : this.next, cadence: isNew ? undefined : this.cadenceMs };
  }

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
