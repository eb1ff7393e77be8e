import type { ProgramFrame } from "@rostra/wire";

/** Five seconds without a hole, and a first stage that had fallen silent is followed again. */
export const WHOLE_FRAMES = 250;
/** It doubles with each time, up to this: who falls silent again and again is left alone. */
const WHOLE_LIMIT_FRAMES = 4_000;
/** So far ahead of the line it may run meanwhile, frames: what it has said is held back till then. */
const AHEAD_FRAMES = 10;
/** And so far behind: the line waits for it as long when it's crossed back to, which would be heard. */
const BEHIND_FRAMES = 2;

/** Whether a first stage that fell silent has been whole for a while, by its numbers. Pure. */
export class Wholeness {
  #latest = -1;
  #inARow = 0;
  #needed = WHOLE_FRAMES / 2;

  /** Newest number that it has said. */
  get latest(): number {
    return this.#latest;
  }

  /**
   * @param frames ascending; copies of earlier ones change nothing
   * @param lineLatest newest number of the line that it would take over
   * @param isWorse than that line, and no part of being whole
   */
  take(
    frames: readonly ProgramFrame[],
    lineLatest: number,
    isWorse: (frame: ProgramFrame) => boolean,
  ): boolean {
    for (const frame of frames) {
      const { number } = frame;
      if (number <= this.#latest) continue;
      const isNext = number === this.#latest + 1;
      const isNear = number <= lineLatest + AHEAD_FRAMES && number >= lineLatest - BEHIND_FRAMES;
      this.#inARow = isNext && isNear && !isWorse(frame) ? this.#inARow + 1 : 0;
      this.#latest = number;
    }
    return this.#inARow >= this.#needed;
  }

  /** It has fallen silent, once more. */
  lost(): void {
    this.#inARow = 0;
    this.#needed = Math.min(2 * this.#needed, WHOLE_LIMIT_FRAMES);
  }

  /** Another stage is the first now. */
  renew(): void {
    this.#latest = -1;
    this.#inARow = 0;
    this.#needed = WHOLE_FRAMES / 2;
  }
}
