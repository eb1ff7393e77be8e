/** The mean of the last `length` values, which are `initial` before any came. */
export class RunningMean {
  readonly #values: Float64Array;
  readonly #initial: number;
  #sum = 0;
  #at = 0;

  constructor(length: number, initial: number) {
    this.#values = new Float64Array(length);
    this.#initial = initial;
    this.reset();
  }

  /** Makes of each of `values` the mean up to there. */
  run(values: Float32Array): void {
    const kept = this.#values;
    const share = 1 / kept.length;
    let [sum, at] = [this.#sum, this.#at];
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i]!;
      sum += value - kept[at]!;
      kept[at] = value;
      at = at + 1 === kept.length ? 0 : at + 1;
      values[i] = sum * share;
    }
    [this.#sum, this.#at] = [sum, at];
  }

  reset(): void {
    this.#values.fill(this.#initial);
    this.#sum = this.#initial * this.#values.length;
    this.#at = 0;
  }
}
