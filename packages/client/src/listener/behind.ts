import { type Cancel, type Clock, FRAME_MS, LIMITS } from "@rostra/wire";

/** As far back as edges keep sound, ms. */
const KEPT_MS = LIMITS.ringFrames * FRAME_MS;
/** Less than this behind isn't worth telling: who paused for a moment is brought back to live. */
export const TOLD_BEHIND_MS = 2_000;
const TICK_MS = 1_000;

/** How far behind live a listener falls while paused: a second each second, as far as sound is kept. */
export class FallingBehind {
  readonly #clock: Clock;
  readonly #onTick: (behindMs: number) => void;
  #fromMs = 0;
  #sinceMs: number | null = null;
  #cancel: Cancel = () => {};

  constructor(clock: Clock, onTick: (behindMs: number) => void) {
    this.#clock = clock;
    this.#onTick = onTick;
  }

  /** How far behind it would play on now, ms. */
  get behindMs(): number {
    const sinceMs = this.#sinceMs ?? this.#clock.nowMs();
    return Math.min(KEPT_MS, this.#fromMs + this.#clock.nowMs() - sinceMs);
  }

  /** @param behindMs how far behind the listener was at that moment */
  start(behindMs: number): void {
    this.#fromMs = behindMs;
    this.#sinceMs = this.#clock.nowMs();
    this.#tick();
  }

  stop(): void {
    this.#cancel();
    this.#fromMs = this.behindMs;
    this.#sinceMs = null;
  }

  #tick(): void {
    this.#cancel = this.#clock.after(TICK_MS, () => this.#tick());
    this.#onTick(this.behindMs);
  }
}
