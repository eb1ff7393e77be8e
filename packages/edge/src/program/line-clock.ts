import { FRAME_MS, frameTimeMs } from "@rostra/wire";

/** A stage's clock is read from the most punctual frame of this long, ms. */
const WINDOW_MS = 1_000;
/** Less apart than this, clocks are as good as one: networks and ticks wobble by as much, ms. */
const SAME_MS = 200;

/**
 * What time it is where the frames are made. When a number is due follows from a clock, and an edge's
 * may be seconds from the stage's: by its own it would hold frames that are on time for lost, all of
 * them and for as long as it lives. How old frames are when they come tells how far apart the clocks
 * are. Pure: the time is handed in.
 */
export class LineClock {
  readonly #epochMs: number;
  #offsetMs = 0;
  #windowFromMs = Number.NEGATIVE_INFINITY;
  #youngestMs = Number.POSITIVE_INFINITY;

  constructor(epochMs: number) {
    this.#epochMs = epochMs;
  }

  /** Takes note of a frame that a stage has just made. */
  observe(number: number, nowMs: number): void {
    const ageMs = nowMs - frameTimeMs(this.#epochMs, number) - FRAME_MS;
    const isFirst = this.#windowFromMs === Number.NEGATIVE_INFINITY;
    if (nowMs - this.#windowFromMs >= WINDOW_MS) {
      this.#settle();
      [this.#windowFromMs, this.#youngestMs] = [nowMs, Number.POSITIVE_INFINITY];
    }
    this.#youngestMs = Math.min(this.#youngestMs, ageMs);
    // Who is ahead is believed at once: one frame from the future is proof. Who is late may be held up.
    if (isFirst || this.#youngestMs < this.#offsetMs - SAME_MS) this.#settle();
  }

  /** @param nowMs ms since 1970 by our own clock @returns the same moment by the stage's */
  lineMs(nowMs: number): number {
    return nowMs - this.#offsetMs;
  }

  #settle(): void {
    const youngestMs = this.#youngestMs;
    if (youngestMs === Number.POSITIVE_INFINITY) return;
    this.#offsetMs = Math.abs(youngestMs) < SAME_MS ? 0 : youngestMs;
  }
}
