/** Who gets the thin rendition because the edge's line has no room for more. */
export type Thinning = "nobody" | "newcomers" | "everybody";

/** Shares of the budget, each over one sample of a second or several in a row. */
const NEWCOMERS_ABOVE = 0.85;
const EVERYBODY_ABOVE = 1;
/** Thin sound is half of the full: below this all could have the full one, and some room is left. */
const EASE_BELOW = 0.4;
const OVER_SAMPLES = 2;
const EASE_SAMPLES = 30;

/**
 * Keeps an edge within the bits a second that its line may carry. Pure: told what was written, once
 * a second, it says who is to get the thin rendition.
 */
export class BitBudget {
  readonly #bytesPerSecond: number;
  #last: { readonly bytes: number; readonly atMs: number } | undefined;
  #thinning: Thinning = "nobody";
  #share = 0;
  #over = 0;
  #easy = 0;

  /** @param mbits megabits a second; undefined: no bound */
  constructor(mbits: number | undefined) {
    this.#bytesPerSecond = mbits === undefined ? Number.POSITIVE_INFINITY : (mbits * 1e6) / 8;
  }

  get thinning(): Thinning {
    return this.#thinning;
  }

  /** Whether thin sound for everybody nearly fills the line: there is no room for more listeners. */
  get full(): boolean {
    return this.#thinning === "everybody" && this.#share > NEWCOMERS_ABOVE;
  }

  /** @param bytes written since the edge began */
  sample(bytes: number, nowMs: number): void {
    const last = this.#last;
    this.#last = { bytes, atMs: nowMs };
    if (last === undefined || nowMs <= last.atMs) return;
    const share = ((bytes - last.bytes) * 1_000) / (nowMs - last.atMs) / this.#bytesPerSecond;
    this.#share = share;
    this.#over = share > EVERYBODY_ABOVE ? this.#over + 1 : 0;
    this.#easy = share < EASE_BELOW ? this.#easy + 1 : 0;
    if (this.#over >= OVER_SAMPLES) this.#thinning = "everybody";
    else if (share > NEWCOMERS_ABOVE && this.#thinning === "nobody") this.#thinning = "newcomers";
    else if (this.#easy >= EASE_SAMPLES) this.#ease();
  }

  #ease(): void {
    this.#easy = 0;
    this.#thinning = this.#thinning === "everybody" ? "newcomers" : "nobody";
  }
}
