/** The least of the last `length` values: each is looked at about twice, however long the window. */
export class RunningMin {
  readonly #length: number;
  // Values that may still become the least, ascending, each with the time it was pushed at.
  readonly #values: Float64Array;
  readonly #times: Float64Array;
  #first = 0;
  #count = 0;
  #time = 0;

  constructor(length: number) {
    this.#length = length;
    this.#values = new Float64Array(length);
    this.#times = new Float64Array(length);
  }

  push(value: number): number {
    const length = this.#length;
    if (this.#count > 0 && this.#times[this.#first]! <= this.#time - length) {
      this.#first = (this.#first + 1) % length;
      this.#count -= 1;
    }
    while (this.#count > 0 && this.#values[this.#index(this.#count - 1)]! >= value) {
      this.#count -= 1;
    }
    const last = this.#index(this.#count);
    this.#values[last] = value;
    this.#times[last] = this.#time;
    this.#count += 1;
    this.#time += 1;
    return this.#values[this.#first]!;
  }

  reset(): void {
    this.#count = 0;
  }

  #index(offset: number): number {
    return (this.#first + offset) % this.#length;
  }
}
