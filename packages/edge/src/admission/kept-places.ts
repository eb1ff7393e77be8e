/**
 * How long the place of who went away is kept, ms: time for a player whose first way back comes to
 * nothing (2 s), and its second. At ten minutes a listener, a full house has 1.3% of its places empty.
 */
const KEPT_MS = 8_000;
/** Departures are gathered by this much time, ms: a mass departure must not cost a list entry each. */
const GRAIN_MS = 250;

/**
 * Keeps the places of those who have just gone for those who come back, for a few seconds: when a
 * network blinks under a full house, its listeners must not find newcomers on their seats. Who said goodbye
 * isn't waited for.
 */
export class KeptPlaces {
  readonly #departures: { atMs: number; count: number }[] = [];
  #expected = 0;
  #goodbyes = 0;

  /**
   * How many places are kept now.
   * @param listeners who are here at this moment
   * @param goodbyes how many have said so far that they go, and have gone: theirs are not kept
   */
  kept(listeners: number, nowMs: number, goodbyes = 0): number {
    this.#expected -= goodbyes - this.#goodbyes;
    this.#goodbyes = goodbyes;
    const gone = this.#expected - listeners;
    this.#expected = listeners;
    if (gone > 0) this.#keep(gone, nowMs);
    // As it is in a storm.
    if (this.#departures.length === 0) return 0;
    while (this.#departures[0] !== undefined && nowMs - this.#departures[0].atMs > KEPT_MS) {
      this.#departures.shift();
    }
    return this.#departures.reduce((sum, { count }) => sum + count, 0);
  }

  /** Somebody is let in. @param returns whether it was here before, and takes a kept place */
  letIn(returns: boolean): void {
    this.#expected += 1;
    const oldest = this.#departures[0];
    if (!returns || oldest === undefined) return;
    oldest.count -= 1;
    if (oldest.count === 0) this.#departures.shift();
  }

  #keep(count: number, nowMs: number): void {
    const last = this.#departures.at(-1);
    if (last !== undefined && nowMs - last.atMs < GRAIN_MS) last.count += count;
    else this.#departures.push({ atMs: nowMs, count });
  }
}
