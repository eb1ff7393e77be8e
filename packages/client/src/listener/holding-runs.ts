import type { ProgramFrame } from "@rostra/wire";

interface Run {
  readonly from: number;
  readonly holding: boolean;
}

/** A stage that goes on and off every frame for a minute would fill this: it forgets the oldest. */
const MAX_RUNS = 1_000;

/** Which frames on their way to the ear are holding sound, kept by where it changes. */
export class HoldingRuns {
  #runs: Run[] = [];

  /** Frames older than those seen before change nothing. */
  observe(frames: readonly ProgramFrame[]): void {
    for (const { number, holding } of frames) {
      const last = this.#runs.at(-1);
      if (last !== undefined && (number <= last.from || holding === last.holding)) continue;
      this.#runs.push({ from: number, holding });
      if (this.#runs.length > MAX_RUNS) this.#runs.shift();
    }
  }

  /** Whether frame `number` is holding sound; what lies before it is forgotten. */
  at(number: number): boolean {
    const index = this.#runs.findLastIndex(({ from }) => from <= number);
    if (index > 0) this.#runs.splice(0, index);
    return this.#runs[0]?.holding ?? false;
  }

  /** Of the newest frame. */
  get newest(): boolean {
    return this.#runs.at(-1)?.holding ?? false;
  }
}
