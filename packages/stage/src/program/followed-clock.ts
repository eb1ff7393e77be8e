/** Messages of which the quickest counts: five seconds of them where the first says most. */
const WINDOW = 50;
/** So many in a row that are all later than the quickest: one of the two clocks was set. */
const SET_AFTER = 5;
/** By so much, ms: less is the network. */
const SET_MS = 40;
/** They were heard over at least this share of the time over which they were said: else a link held them up. */
const PACE = 0.5;

/**
 * The clock by which a space's frames are numbered, as the second stage of a pair knows it: the
 * first's, as it was heard. Each message says when it was sent; the one that was on its way for the
 * shortest time tells the difference best, and what is left is that time. The second is behind by
 * it, which is where it should be. Until something is heard it is the stage's own clock. Pure.
 */
export class FollowedClock {
  /** Own clock less the space's, of the last messages, oldest first; and when they were heard. */
  #differencesMs: number[] = [];
  #heardMs: number[] = [];
  #offsetMs = 0;

  /** The space's time when this process's clock shows `ownMs`. */
  spaceMs(ownMs: number): number {
    return ownMs - this.#offsetMs;
  }

  /** @param atMs the first's clock when it spoke @param ownMs ours when it was heard */
  hear(atMs: number, ownMs: number): void {
    const differences = this.#differencesMs;
    differences.push(ownMs - atMs);
    this.#heardMs.push(ownMs);
    if (differences.length > WINDOW) {
      differences.shift();
      this.#heardMs.shift();
    }
    const lately = differences.slice(-SET_AFTER);
    const quickest = Math.min(...differences);
    const isSet = Math.min(...lately) > quickest + SET_MS && this.#isInPace(lately);
    if (isSet) {
      this.#differencesMs = lately;
      this.#heardMs = this.#heardMs.slice(-SET_AFTER);
    }
    this.#offsetMs = isSet ? Math.min(...lately) : quickest;
  }

  /** What waited in a link comes at once, however long it took to be said. */
  #isInPace(lately: readonly number[]): boolean {
    if (lately.length < SET_AFTER) return false;
    const heardForMs = this.#heardMs.at(-1)! - this.#heardMs.at(-SET_AFTER)!;
    const saidForMs = heardForMs - (lately.at(-1)! - lately[0]!);
    return heardForMs >= PACE * saidForMs;
  }

  /** Another stage is the first now: its clock is not the one that was measured. */
  forget(): void {
    this.#differencesMs = [];
    this.#heardMs = [];
  }
}
