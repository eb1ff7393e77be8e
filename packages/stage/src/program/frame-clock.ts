import { FRAMES_PER_SECOND, frameNumberAt, frameTimeMs } from "@rostra/wire";

/** Frames that are made at one moment. */
export interface DueFrames {
  readonly first: number;
  /** 0 where nothing is due yet. */
  readonly count: number;
  /** Frames that will never be made: the process stood still for too long. */
  readonly skipped: number;
}

/** After a longer pause what was missed is stale: nobody wants a second of sound at once. */
const MAX_CATCH_UP_FRAMES = FRAMES_PER_SECOND;

/**
 * Says which frames are due. Derives every answer from the time and the epoch alone, so that
 * timers which fire late, or wake-ups that get lost, can't make the line drift. Pure.
 */
export class FrameClock {
  readonly #epochMs: number;
  #next: number;

  /** @param first number to begin with; the line waits where the clock isn't there yet */
  constructor(epochMs: number, first: number) {
    this.#epochMs = epochMs;
    this.#next = first;
  }

  /** Hands out each frame once. A frame is due when its 20 ms begin. */
  take(nowMs: number): DueFrames {
    const behind = frameNumberAt(this.#epochMs, nowMs) - this.#next + 1;
    if (behind <= 0) return { first: this.#next, count: 0, skipped: 0 };
    const count = behind > MAX_CATCH_UP_FRAMES ? 1 : behind;
    const skipped = behind - count;
    const first = this.#next + skipped;
    this.#next = first + count;
    return { first, count, skipped };
  }

  /** Number of the next frame. */
  get next(): number {
    return this.#next;
  }

  /** When the next frame is due, or was, in ms since 1970. */
  get nextMs(): number {
    return frameTimeMs(this.#epochMs, this.#next);
  }
}
