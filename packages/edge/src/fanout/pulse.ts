import type { Cancel, Clock } from "@rostra/wire";

/**
 * The edge's one timer: beats each `periodMs`, on a grid that can't drift. Beats that were missed
 * are not made up: what is sent follows from frame numbers, so the next beat sends it all.
 */
export class Pulse {
  readonly #clock: Clock;
  readonly #onBeat: (nowMs: number) => void;
  readonly #periodMs: number;
  #nextMs: number;
  #cancel: Cancel | undefined;

  constructor(options: { clock: Clock; periodMs: number; onBeat: (nowMs: number) => void }) {
    this.#clock = options.clock;
    this.#onBeat = options.onBeat;
    this.#periodMs = options.periodMs;
    this.#nextMs = options.clock.nowMs() + options.periodMs;
    this.#schedule();
  }

  #schedule(): void {
    const delayMs = Math.max(0, this.#nextMs - this.#clock.nowMs());
    this.#cancel = this.#clock.after(delayMs, () => this.#beat());
  }

  #beat(): void {
    const nowMs = this.#clock.nowMs();
    // setTimeout may fire up to a millisecond early; the beat still counts as this one.
    const missed = Math.max(0, Math.floor((nowMs - this.#nextMs) / this.#periodMs));
    this.#nextMs += (missed + 1) * this.#periodMs;
    this.#schedule();
    this.#onBeat(nowMs);
  }

  close(): void {
    this.#cancel?.();
  }
}
