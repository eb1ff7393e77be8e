import { FRAME_MS } from "@rostra/wire";

/** Frames that one judgement goes by: the page is free for a moment at least once in a second. */
const BUCKET_FRAMES = 50;

/**
 * When the frames of a microphone were captured, by when they were handed over: that may be late by
 * as long as the page is busy, and is never early. So the earliest of the last one to two seconds
 * counts. Pure.
 */
export class CaptureClock {
  #frames = 0;
  /** Handing over against the count of frames, ms, at the least: of this bucket and the one before. */
  #leastMs = Number.POSITIVE_INFINITY;
  #leastBeforeMs = Number.POSITIVE_INFINITY;

  /** A whole frame was handed over. */
  note(nowMs: number): void {
    if (this.#frames % BUCKET_FRAMES === 0) {
      this.#leastBeforeMs = this.#leastMs;
      this.#leastMs = Number.POSITIVE_INFINITY;
    }
    this.#frames += 1;
    this.#leastMs = Math.min(this.#leastMs, nowMs - this.#frames * FRAME_MS);
  }

  /** Frames noted so far. */
  get frames(): number {
    return this.#frames;
  }

  /** When the newest frame began, by the clock of the notes; needs one note at least. */
  get newestAtMs(): number {
    const leastMs = Math.min(this.#leastMs, this.#leastBeforeMs);
    return leastMs + (this.#frames - 1) * FRAME_MS;
  }
}
