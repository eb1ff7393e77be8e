import type { Clock } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import { Arrival } from "./arrival.ts";

export interface PastOptions {
  readonly clock: Clock;
  /**
   * Fetches frames `from` to `to`, and opens the line back to there.
   * @returns false where nobody answered; never rejects
   */
  readonly load: (from: number, to: number) => Promise<boolean>;
}

interface Wish {
  from: number;
  readonly arrival: Arrival;
}

/**
 * How far back a line reaches: to where it began, until somebody needs what was before. Most listeners
 * never do, and ten minutes of a space are a tenth of a second of work for an edge and for
 * whoever is asked.
 */
export class Past {
  readonly #options: PastOptions;
  #reached: number | undefined;
  #loading: Wish | undefined;
  #next: Wish | undefined;

  constructor(options: PastOptions) {
    this.#options = options;
  }

  /** The line has begun, with that number. */
  begin(first: number): void {
    this.#reached = first;
  }

  get isLoading(): boolean {
    return this.#loading !== undefined;
  }

  /** Goes on when the line reaches back to `from`, or has it from whoever does, or in time. */
  need(from: number, act: () => void): void {
    if (this.#reached === undefined || this.#reached <= from) act();
    else if (this.#loading !== undefined && this.#loading.from <= from) {
      this.#loading.arrival.when(act);
    } else {
      this.#next ??= { from, arrival: new Arrival(this.#options.clock, BOUNDS.pastMs) };
      this.#next.from = Math.min(this.#next.from, from);
      this.#next.arrival.when(act);
      if (this.#loading === undefined) void this.#loadAll();
    }
  }

  /** Nobody waits any longer. */
  close(): void {
    this.#loading?.arrival.come();
    this.#next?.arrival.come();
    this.#next = undefined;
  }

  async #loadAll(): Promise<void> {
    while (this.#next !== undefined) {
      const wish = this.#next;
      this.#next = undefined;
      this.#loading = wish;
      const isAnswered = await this.#options.load(wish.from, this.#reached! - 1);
      // What nobody had now nobody will have later.
      if (isAnswered) this.#reached = Math.min(this.#reached!, wish.from);
      this.#loading = undefined;
      wish.arrival.come();
    }
  }
}
