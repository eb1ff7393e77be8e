import { vectors } from "../vector/vectors.ts";

/** The least of the last `length` values, which are `initial` before any came. */
export class RunningMin {
  readonly #length: number;
  readonly #initial: number;
  /** The last values, and behind them those that have just come. */
  readonly #values: Float32Array;

  /** @param most values that may come at once */
  constructor(length: number, initial: number, most: number) {
    this.#length = length;
    this.#initial = initial;
    this.#values = new Float32Array(length - 1 + most);
    this.reset();
  }

  /** Makes of each of `values` the least up to there. */
  run(values: Float32Array): void {
    const before = this.#length - 1;
    this.#values.set(values, before);
    const loops = vectors();
    loops.take(this.#values.subarray(0, before + values.length));
    loops.leastAhead(before + values.length, this.#length);
    loops.give(values);
    this.#values.copyWithin(0, values.length, values.length + before);
  }

  reset(): void {
    this.#values.fill(this.#initial);
  }
}
