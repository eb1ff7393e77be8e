import type { Cancel, Clock } from "@rostra/wire";

/** So many may wait for one thing; whoever comes after them goes on without it. */
const MOST_WAITING = 20_000;

/** Something that comes once, and those who wait for it: each goes on when it's there, or in time. */
export class Arrival {
  /** Undefined once it has come. */
  #waiting: (() => void)[] | undefined = [];
  readonly #cancel: Cancel;

  /** @param withinMs so long is waited for it at most */
  constructor(clock: Clock, withinMs: number) {
    this.#cancel = clock.after(withinMs, () => this.come());
  }

  /** @param act called at once where it has come; else later, in the order in which they asked */
  when(act: () => void): void {
    if (this.#waiting === undefined || this.#waiting.length >= MOST_WAITING) act();
    else this.#waiting.push(act);
  }

  /** It's here, or nobody waits for it any longer. */
  come(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#cancel();
    for (const act of waiting) act();
  }
}
