/** So many at once, and so many a second. Pure. */
export class Rate {
  readonly #burst: number;
  readonly #perMs: number;
  #left: number;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perMs = perSecond / 1_000;
    this.#left = burst;
  }

  /** @returns false where it is one too many */
  take(nowMs: number): boolean {
    const since = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    this.#left = Math.min(this.#burst, this.#left + since * this.#perMs);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
