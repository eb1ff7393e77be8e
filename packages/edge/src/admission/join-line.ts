import type { Cancel, Clock } from "@rostra/wire";

/** How often those who wait are let in, ms: short against a cadence, long against a timer. */
const SLICE_MS = 10;
/** What may come in at once after a calm time, as a share of a second. */
const BURST_SHARE = 0.1;
/** Nobody waits longer than about this for the handshake, ms: clients give up after two seconds. */
const LONGEST_WAIT_MS = 1_000;

/** How far those who don't wait may be ahead of the pace, s: so long nobody else is let in. */
const MOST_AHEAD_S = 0.5;

/**
 * Lets newcomers in at a pace: a storm becomes a stream, and the sound of those inside goes out
 * between its slices. First come, first served; the line has an end.
 */
export class JoinLine {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #line: (() => void)[] = [];
  #allowance: number;
  #filledAtMs: number;
  #cancel: Cancel | undefined;

  constructor(clock: Clock, joinsPerSecond: number) {
    this.#clock = clock;
    this.#perSecond = joinsPerSecond;
    this.#allowance = this.#burst;
    this.#filledAtMs = clock.nowMs();
  }

  /** How many wait. */
  get length(): number {
    return this.#line.length;
  }

  /** Whether one more would wait too long. */
  get full(): boolean {
    return this.#line.length >= (this.#perSecond * LONGEST_WAIT_MS) / 1_000;
  }

  /** Whether one may come in at once; one who may has come in. */
  passes(): boolean {
    this.#fill();
    if (this.#line.length > 0 || this.#allowance < 1) return false;
    this.#allowance -= 1;
    return true;
  }

  /** One comes in who doesn't wait. The others wait the longer for it, but not without end. */
  precede(): void {
    this.#fill();
    this.#allowance = Math.max(this.#allowance - 1, -this.#perSecond * MOST_AHEAD_S);
  }

  /** @param join called once: at once, or within about a second. Ask {@link full} first */
  letIn(join: () => void): void {
    if (this.passes()) {
      join();
      return;
    }
    this.#line.push(join);
    this.#cancel ??= this.#clock.after(SLICE_MS, () => this.#slice());
  }

  /** Those who still wait are not called any more: their sockets are cut with the server's. */
  close(): void {
    this.#cancel?.();
    this.#line.length = 0;
  }

  get #burst(): number {
    return Math.max(1, this.#perSecond * BURST_SHARE);
  }

  #fill(): void {
    const nowMs = this.#clock.nowMs();
    const more = ((nowMs - this.#filledAtMs) / 1_000) * this.#perSecond;
    this.#allowance = Math.min(this.#burst, this.#allowance + more);
    this.#filledAtMs = nowMs;
  }

  #slice(): void {
    this.#cancel = undefined;
    this.#fill();
    const count = Math.max(0, Math.min(this.#line.length, Math.floor(this.#allowance)));
    this.#allowance -= count;
    if (count < this.#line.length) this.#cancel = this.#clock.after(SLICE_MS, () => this.#slice());
    for (const join of this.#line.splice(0, count)) join();
  }
}
