/** What the stage socket says of silence; nothing reads as less. */
const FLOOR_DBFS = -100;
/** A quarter of a second, in whole frames: 260 ms. */
const WINDOW_FRAMES = 13;

/** The level of one voice over the last quarter of a second. Fed with each frame's mean square. */
export class LevelMeter {
  readonly #squares = new Float64Array(WINDOW_FRAMES);
  #at = 0;

  /** @param meanSquare of one frame, 1 for a full-scale square wave */
  push(meanSquare: number): void {
    this.#squares[this.#at] = meanSquare;
    this.#at = (this.#at + 1) % WINDOW_FRAMES;
  }

  /** dBFS, where a full-scale sine is -3; at least -100. */
  get dbfs(): number {
    let sum = 0;
    for (const square of this.#squares) sum += square;
    const dbfs = 10 * Math.log10(sum / WINDOW_FRAMES);
    return Math.max(FLOOR_DBFS, Math.round(dbfs * 10) / 10);
  }

  clear(): void {
    this.#squares.fill(0);
  }
}
