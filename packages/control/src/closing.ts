/** Closes what was opened, the latest first; the one place where the order of closing is made. */
export class Closing {
  readonly #steps: (() => void | Promise<void>)[] = [];

  /** To be called as soon as the resource is there. */
  add(step: () => void | Promise<void>): void {
    this.#steps.push(step);
  }

  /** Runs each step once, also when an earlier one fails; throws the first failure at the end. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
