import { type Cancel, type Clock, FRAME_MS } from "@rostra/wire";
import { Refusal } from "./refusal.ts";

/** What signalling asks for, in units of about half a millisecond of the stage's thread. */
export const TURN = {
  /** To be read, checked and answered. */
  request: 1,
  /** To make a connection: codecs, keys, a description from the native library. */
  connection: 6,
} as const;

/** Units in each 20 ms: a fifth of the time. 400 requests a second, or 66 connections. */
const UNITS_PER_FRAME = 8;
/** Those who wait for their turn; at one unit each, a second's worth. */
const MAX_WAITING = 400;

export interface TurnsOptions {
  readonly clock: Clock;
  /** Default: 8. */
  readonly unitsPerFrame?: number;
}

interface Waiting {
  readonly units: number;
  go(): void;
}

/**
 * Signalling and sound share a thread: here signalling takes turns, so that a flood of it takes a
 * fifth of the time and not all, and the tick is not late because of it. First come, first served;
 * who asks for much may take more than is left of a frame, and the next frames pay for it.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #unitsPerFrame: number;
  readonly #waiting: Waiting[] = [];
  #left: number;
  #frameEndMs = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | undefined;

  constructor({ clock, unitsPerFrame = UNITS_PER_FRAME }: TurnsOptions) {
    this.#clock = clock;
    this.#unitsPerFrame = unitsPerFrame;
    this.#left = unitsPerFrame;
  }

  /**
   * Resolves when it is the caller's turn: at once where there is time.
   * @throws {Refusal} `unavailable` where too many wait already
   */
  async take(units: number): Promise<void> {
    this.#refill();
    if (this.#waiting.length === 0 && this.#left > 0) {
      this.#left -= units;
      return;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      throw new Refusal("unavailable", "too many want to come in at once: try again in a second");
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ units, go: resolve });
    this.#wakeLater();
    await promise;
  }

  /** Time that nobody used is gone: whoever comes after a pause finds one frame's worth. */
  #refill(): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#frameEndMs) return;
    const frames = Math.min(100, 1 + Math.floor((nowMs - this.#frameEndMs) / FRAME_MS));
    this.#left = Math.min(this.#unitsPerFrame, this.#left + frames * this.#unitsPerFrame);
    this.#frameEndMs = nowMs + FRAME_MS;
  }

  #wakeLater(): void {
    if (this.#cancel !== undefined) return;
    const delayMs = Math.max(1, this.#frameEndMs - this.#clock.nowMs());
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#cancel = undefined;
      this.#refill();
      while (this.#waiting.length > 0 && this.#left > 0) {
        const { units, go } = this.#waiting.shift()!;
        this.#left -= units;
        go();
      }
      if (this.#waiting.length > 0) this.#wakeLater();
    });
  }

  /** Lets all go who wait: nobody may hang where the stage closes. */
  close(): void {
    this.#cancel?.();
    for (const { go } of this.#waiting.splice(0)) go();
  }
}
