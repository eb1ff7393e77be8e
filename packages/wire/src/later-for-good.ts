/** What comes so much later than the earliest was held up: it will catch up, and says nothing of what to expect. */
export const MAX_JITTER_MS = 1_000;
/** Late for so long without catching up, it is another way by now, ms: less than players have to be told by. */
const LASTS_MS = 500;
/** What comes less late than before by this much is catching up, ms. */
const CATCHES_UP_MS = 100;

/**
 * Tells an outage, which is caught up, from a way that is longer from now on: a stage took over whose clock is
 * behind by seconds, or a network goes another way round. Whoever holds the latter for an outage finds each
 * chunk late, for as long as it remembers better ones.
 */
export class LaterForGood {
  #sinceMs = Number.NaN;
  #offsetMs = 0;

  /**
   * Takes note of an arrival.
   * @param isHeldUp whether it is later than the earliest by more than {@link MAX_JITTER_MS}
   * @returns true where what was before says nothing any more
   */
  observe(isHeldUp: boolean, offsetMs: number, atMs: number): boolean {
    if (!isHeldUp) this.#sinceMs = Number.NaN;
    else if (Number.isNaN(this.#sinceMs) || offsetMs < this.#offsetMs - CATCHES_UP_MS)
      [this.#sinceMs, this.#offsetMs] = [atMs, offsetMs];
    const isForGood = atMs - this.#sinceMs >= LASTS_MS;
    if (isForGood) this.#sinceMs = Number.NaN;
    return isForGood;
  }
}
