import type { Cancel, Clock } from "@rostra/wire";

export interface PulseOptions {
  readonly clock: Clock;
  /** Between two beats, ms. */
  readonly periodMs: number;
  /** How soon after a beat the timer comes where frames set off beats, or nobody is there, ms. */
  readonly watchMs: number;
  readonly onBeat: (nowMs: number) => void;
}

/** Frames that come together may come a little early, and set off a beat all the same. */
const NUDGE_SHARE = 0.75;

/**
 * The edge's one clock of what is due by time: beats each `periodMs`, on a grid that can't drift. Beats
 * that were missed are not made up: what is sent follows from frame numbers, so the next beat sends it all.
 *
 * Where frames come they set off the beats ({@link nudge}), and the timer only watches: one wake-up of
 * the process does both.
 */
export class Pulse {
  readonly #options: PulseOptions;
  #nextMs: number;
  #armedForMs = 0;
  #nudgedAtMs = Number.NEGATIVE_INFINITY;
  #rests = false;
  #late = { sumMs: 0, count: 0 };
  #cancel: Cancel | undefined;

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#nextMs = options.clock.nowMs() + options.periodMs;
    this.#arm();
  }

  /** Nobody is there: the timer comes as rarely as it may. */
  set rests(rests: boolean) {
    if (rests === this.#rests) return;
    this.#rests = rests;
    const { clock, periodMs } = this.#options;
    const soonMs = clock.nowMs() + periodMs;
    if (rests || this.#nextMs <= soonMs) return;
    this.#nextMs = soonMs;
    this.#cancel?.();
    this.#arm();
  }

  /** Frames have come: once all that were read together have been taken, a beat follows. */
  nudge(): void {
    const { clock, periodMs } = this.#options;
    const nowMs = clock.nowMs();
    // Of many spaces, in several reads, or each as it's made: about a beat in a period is enough.
    if (nowMs - this.#nudgedAtMs < periodMs * NUDGE_SHARE) return;
    this.#nudgedAtMs = nowMs;
    // What was read together is handed out before this comes.
    queueMicrotask(() => {
      if (this.#cancel !== undefined) this.#beatNow();
    });
  }

  /** @returns tells how late the timer came, in the mean since it was asked last, ms */
  lateness(): () => number {
    let told = this.#late;
    return () => {
      const { sumMs, count } = this.#late;
      const mean = count > told.count ? (sumMs - told.sumMs) / (count - told.count) : 0;
      told = this.#late;
      return mean;
    };
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#armedForMs = this.#nextMs;
    const delayMs = Math.max(0, this.#nextMs - clock.nowMs());
    this.#cancel = clock.after(delayMs, () => this.#wake());
  }

  #wake(): void {
    const { clock, periodMs, watchMs } = this.#options;
    const nowMs = clock.nowMs();
    const { sumMs, count } = this.#late;
    const lateMs = Math.max(0, nowMs - this.#armedForMs);
    this.#late = { sumMs: sumMs + lateMs, count: count + 1 };
    // setTimeout may fire up to a millisecond early; the beat still counts as this one.
    const isDue = nowMs >= this.#nextMs - 1;
    if (isDue) this.#nextMs = this.#onGrid(this.#rests ? watchMs : periodMs, nowMs);
    this.#arm();
    if (isDue) this.#options.onBeat(nowMs);
  }

  #onGrid(stepMs: number, nowMs: number): number {
    const missed = Math.max(0, Math.floor((nowMs - this.#nextMs) / stepMs));
    return this.#nextMs + (missed + 1) * stepMs;
  }

  /** The timer stays armed as it is, and will find that it's early. */
  #beatNow(): void {
    const { clock, watchMs, onBeat } = this.#options;
    const nowMs = clock.nowMs();
    this.#nextMs = nowMs + watchMs;
    onBeat(nowMs);
  }
}
