import { type BrokenWay, comeBackMs } from "@rostra/wire";
import type { Tally } from "../stats/tally.ts";
import { firstBytesMs, laterMs } from "./patience.ts";

/** How a listener comes back, and how long it takes from a connection that broke to new sound. */
export class Comeback {
  readonly #tally: Tally;
  #failures = 0;
  #brokeAtMs = -1;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** What the next connection gets to its first bytes, ms. */
  get patienceMs(): number {
    return firstBytesMs(this.#failures);
  }

  /** New sound. */
  heard(nowMs: number): void {
    this.#failures = 0;
    if (this.#brokeAtMs < 0) return;
    this.#tally.backMs.add(nowMs - this.#brokeAtMs);
    this.#brokeAtMs = -1;
  }

  /** A connection that brought sound has ended without a word. @param leftMs what a player has in hand still */
  broke(nowMs: number, leftMs: number): void {
    this.#failures += 1;
    this.#brokeAtMs = nowMs;
    this.#tally.leftMs.add(leftMs);
  }

  /** How long to wait then before the next one, ms; a link in waiting answers whatever failed before. */
  waitMs(way: BrokenWay): number {
    if (this.#failures > 1 && way.standsBy !== true)
      return laterMs(this.#failures, undefined, Math.random());
    return comeBackMs(way, Math.random());
  }

  /** An attempt came to nothing, or the server said when. @returns how long to wait, ms */
  failed(askedMs: number | undefined): number {
    this.#failures += 1;
    return laterMs(this.#failures, askedMs, Math.random());
  }
}
