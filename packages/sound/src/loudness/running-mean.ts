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

  push(value: number): number {
    this.#sum += value - this.#values[this.#at]!;
    this.#values[this.#at] = value;
    this.#at = (this.#at + 1) % this.#values.length;
    return this.#sum / this.#values.length;
  }

  reset(): void {
    this.#values.fill(this.#initial);
    this.#sum = this.#initial * this.#values.length;
    this.#at = 0;
  }
}
