import { type BrokenWay, comeBackMs } from "@rostra/wire";
import { retryDelayMs } from "../../backoff.ts";

/** Links that die younger than this, one after the other, are waited for longer and longer, ms. */
const PROVEN_MS = 5_000;
/** Why is asked after the second failure, and then now and then: a storm needs no echo. */
const ASK_FIRST = 2;
const ASK_EVERY = 5;
/** So often in a row room found elsewhere is tried at once; after that at the usual pace. */
const HURRIED_MOVES = 3;

/** How often in a row it went wrong: what says how long to wait before the next link. */
export class Failures {
  #count = 0;
  #shortLives = 0;

  get count(): number {
    return this.#count;
  }

  /** Whether it's time to ask why. */
  get asksWhy(): boolean {
    return this.#count % ASK_EVERY === ASK_FIRST;
  }

  /** Whether room that was found elsewhere is tried at once. */
  get mayHurry(): boolean {
    return this.#count <= HURRIED_MOVES;
  }

  /** @param answered whether the link ever brought anything @param livedMs how long it lasted */
  add(answered: boolean, livedMs: number): void {
    if (!answered) {
      this.#count += 1;
      return;
    }
    // It worked, so what failed before is over; unless links keep dying young.
    this.#shortLives = livedMs < PROVEN_MS ? this.#shortLives + 1 : 0;
    this.#count = Math.max(1, this.#shortLives);
  }

  /**
   * How long to wait before the next link, ms.
   * @param askedMs what the server asked for, if it did
   * @param way of a link that brought sound; null: of any other
   */
  waitMs(askedMs: number | null, way: BrokenWay | null, random: number): number {
    if (askedMs !== null) return askedMs * (1 + random * 0.5);
    const isFirst = way !== null && this.#count <= 1;
    return isFirst ? comeBackMs(way, random) : retryDelayMs(this.#count, random);
  }

  forget(): void {
    this.#count = 0;
  }
}
