import type { Cancel, Clock } from "@rostra/wire";

/**
 * When chunks go out. One beat each `periodMs`, on a grid that can't drift; beats that were missed
 * are not made up, the next chunk is longer instead.
 *
 * Everything that depends on the length of a chunk asks here, so that a load-dependent period and
 * phases within it change this class and the number of groups per space, nothing else.
 */
export class Cadence {
  readonly #clock: Clock;
  readonly #onBeat: (nowMs: number) => void;
  #periodMs: number;
  #nextMs: number;
  #cancel: Cancel | undefined;

  constructor(options: { clock: Clock; periodMs: number; onBeat: (nowMs: number) => void }) {
    this.#clock = options.clock;
    this.#onBeat = options.onBeat;
    this.#periodMs = options.periodMs;
    this.#nextMs = options.clock.nowMs() + options.periodMs;
    this.#schedule();
  }

  /** How much sound each chunk carries for the moment, ms. */
  get periodMs(): number {
    return this.#periodMs;
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
