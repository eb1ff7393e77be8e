/** Taken up in one turn of the event loop, before what has come meanwhile is read. */
const AT_ONCE = 64;

interface Break {
  readonly leftMs: number;
  readonly goOn: () => void;
}

/**
 * Listeners whose connection has just broken. Thousands break in one instant, which takes a process of the crowd a
 * few tenths of a second; each real listener has a machine of its own, which knows at once. So all ends are read
 * first, and then those go on first who have least sound left.
 */
export class Breaks {
  #waiting: Break[] = [];
  #isSorted = true;
  #runs = false;

  /**
   * @param leftMs sound that its player still has
   * @param goOn called in a later turn of the event loop
   */
  add(leftMs: number, goOn: () => void): void {
    this.#waiting.push({ leftMs, goOn });
    this.#isSorted = false;
    if (this.#runs) return;
    this.#runs = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    // The one with least comes last, where it is taken from.
    if (!this.#isSorted) this.#waiting.sort((a, b) => b.leftMs - a.leftMs);
    this.#isSorted = true;
    for (const { goOn } of this.#waiting.splice(-AT_ONCE).reverse()) goOn();
    this.#runs = this.#waiting.length > 0;
    if (this.#runs) setImmediate(() => this.#run());
  }
}
