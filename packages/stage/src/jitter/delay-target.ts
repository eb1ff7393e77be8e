import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { StallMemory } from "./stall-memory.ts";

export const MIN_DELAY_MS = 20;
export const MAX_DELAY_MS = 200;
/** Where a newcomer starts: enough for wired and good wireless links. */
export const START_DELAY_MS = 40;

const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1000;
/** Packets looked back on: about five seconds. */
const WINDOW_PACKETS = 256;
/** Sorting the window for each packet would be waste. */
const UPDATE_EVERY_PACKETS = 16;
/** Before that, a measurement says little: one second. */
const ENOUGH_PACKETS = 50;
/** Share of packets that must come in time; the rest is concealed. */
const IN_TIME = 0.99;
/** FEC of a lost packet comes with the next one: where losses happen, wait for it. */
const LOSSY_MIN_DELAY_MS = 40;
/** How long a loss is remembered: about ten seconds. */
const LOSSY_PACKETS = 500;
/** On top, for what the clock's ticks and timers add. */
const MARGIN_MS = 10;
/**
 * The target rises at once and falls slowly: the next burst is often like the last, and each
 * correction bends time a little for everybody who listens.
 */
const FALL_MS_PER_SECOND = 6;
/** Each packet of a backlog is faster than the one before by its own length: 10 ms at least. */
const BACKLOG_STEP_MS = 8;
/** A jump of transit time by more than this is another clock, not jitter. */
const NEW_CLOCK_MS = 1_000;

/**
 * Measures jitter and says how long sound should wait before it is played. The transit time of a
 * packet is its arrival less its timestamp; the fastest one in the window is the base, and what
 * the others took longer is the delay that playing in time would have needed.
 */
export class DelayTarget {
  readonly #transitsMs = new Float64Array(WINDOW_PACKETS);
  /** How many of them are known. */
  #known = 0;
  readonly #stalls = new StallMemory();
  #at = 0;
  #sinceUpdate = 0;
  #baseMs = 0;
  #targetMs = START_DELAY_MS;
  #jitterMs = 0;
  #lossyPackets = 0;
  #updatedAtMs: number | undefined;
  #lastTransitMs: number | undefined;

  /** Time from arrival of the fastest packets to playing, in ms. */
  get targetMs(): number {
    return this.#targetMs;
  }

  /** Interarrival jitter as in RFC 3550, section 6.4.1, in ms. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /**
   * How long the sound of `timestamp` waits when it is played at `nowMs`, counted from when the
   * fastest packets would have brought it.
   */
  delayMs(timestamp: number, nowMs: number): number {
    return nowMs - timestamp / SAMPLES_PER_MS - this.#baseMs;
  }

  /** Which media time waits for `delayMs` when it is played at `nowMs`; undefined before a packet. */
  timestampAfter(delayMs: number, nowMs: number): number | undefined {
    return this.#known === 0 ? undefined : (nowMs - delayMs - this.#baseMs) * SAMPLES_PER_MS;
  }

  /**
   * Whether the sender's clock isn't the one that was measured: it was replaced, or the packet was
   * on its way for over a second. Either way the measurement begins anew: {@link reset}.
   */
  isNewClock(timestamp: number, arrivalMs: number): boolean {
    if (this.#lastTransitMs === undefined) return false;
    const transitMs = arrivalMs - timestamp / SAMPLES_PER_MS;
    return Math.abs(transitMs - this.#lastTransitMs) > NEW_CLOCK_MS;
  }

  /**
   * Where a process stands still, all that came meanwhile is found at once. Taken for as old as the
   * pause, the last of it would seem to have come before it was sent, and all before it to be late;
   * taken for new, the first would seem to be late. So each is taken for as quick as its like.
   */
  likelyArrivalMs(timestamp: number, earliestMs: number, latestMs: number): number {
    if (earliestMs >= latestMs || this.#known === 0) return earliestMs;
    const usualMs = timestamp / SAMPLES_PER_MS + this.#baseMs;
    return Math.max(earliestMs, Math.min(latestMs, usualMs));
  }

  /** A packet was lost: more may be. */
  expectLoss(): void {
    this.#lossyPackets = LOSSY_PACKETS;
  }

  /** @param timestamp unwrapped, in samples at 48 kHz */
  observe(timestamp: number, arrivalMs: number): void {
    const transitMs = arrivalMs - timestamp / SAMPLES_PER_MS;
    const difference = Math.abs(transitMs - (this.#lastTransitMs ?? transitMs));
    this.#jitterMs += (difference - this.#jitterMs) / 16;
    this.#lastTransitMs = transitMs;
    this.#lossyPackets = Math.max(0, this.#lossyPackets - 1);
    if (this.#known === 0) this.#baseMs = transitMs;
    this.#baseMs = Math.min(this.#baseMs, transitMs);
    const lateMs = transitMs - this.#baseMs;
    const isInWake = this.#stalls.observe(arrivalMs, lateMs);
    if (isInWake && this.#isSameEvent(transitMs, lateMs)) return;
    this.#transitsMs[this.#at] = transitMs;
    this.#at = (this.#at + 1) % WINDOW_PACKETS;
    this.#known = Math.max(this.#known, this.#at === 0 ? WINDOW_PACKETS : this.#at);
    // Later than all plans: look again soon, but not at each packet of a flood.
    const isVeryLate = transitMs - this.#baseMs > this.#targetMs;
    this.#sinceUpdate += 1;
    const updateEvery = isVeryLate ? UPDATE_EVERY_PACKETS / 4 : UPDATE_EVERY_PACKETS;
    if (this.#sinceUpdate >= updateEvery) this.#update(arrivalMs);
  }

  /**
   * Packets that were held up together are one sample: the fastest of them. So a stall, or the
   * backlog that some encoders begin with, isn't taken for jitter.
   */
  #isSameEvent(transitMs: number, lateMs: number): boolean {
    const last = (this.#at + WINDOW_PACKETS - 1) % WINDOW_PACKETS;
    const lastMs = this.#known === 0 ? transitMs : this.#transitsMs[last]!;
    const isBacklog = lastMs - transitMs >= BACKLOG_STEP_MS;
    if (isBacklog) this.#transitsMs[last] = transitMs;
    return isBacklog || lateMs > this.#targetMs;
  }

  #update(nowMs: number): void {
    this.#sinceUpdate = 0;
    const { fastest, slow } = this.#extremes();
    this.#baseMs = fastest;
    if (this.#known < ENOUGH_PACKETS) return;
    // A browser that has just connected is busy: how it stalled then won't be how it goes on.
    if (this.#updatedAtMs === undefined) this.#stalls.reset();
    const wanted = Math.max(slow - this.#baseMs, this.#stalls.recurringMs(nowMs)) + MARGIN_MS;
    // What the first measurement replaces was a guess: it need not fall slowly.
    const elapsedSeconds = (nowMs - (this.#updatedAtMs ?? Number.NEGATIVE_INFINITY)) / 1000;
    this.#updatedAtMs = nowMs;
    const lowest = this.#targetMs - FALL_MS_PER_SECOND * Math.max(0, elapsedSeconds);
    const least = this.#lossyPackets > 0 ? LOSSY_MIN_DELAY_MS : MIN_DELAY_MS;
    this.#targetMs = Math.min(MAX_DELAY_MS, Math.max(least, lowest, wanted));
  }

  /**
   * The fastest packet of the window, and the slowest of those that must come in time. Of 256, the
   * latter is one of the three slowest: one pass finds it, where sorting took ten times as long.
   */
  #extremes(): { fastest: number; slow: number } {
    const slowest = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let fastest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#known; i += 1) {
      const transitMs = this.#transitsMs[i]!;
      if (transitMs < fastest) fastest = transitMs;
      if (transitMs <= slowest[2]!) continue;
      let at = 2;
      for (; at > 0 && transitMs > slowest[at - 1]!; at -= 1) slowest[at] = slowest[at - 1]!;
      slowest[at] = transitMs;
    }
    const inTime = Math.min(this.#known - 1, Math.floor(this.#known * IN_TIME));
    return { fastest, slow: slowest[this.#known - 1 - inTime]! };
  }

  /** Forgets the clock that was measured, not how much jitter to expect. */
  reset(): void {
    this.#known = 0;
    this.#at = 0;
    this.#sinceUpdate = 0;
    this.#lastTransitMs = undefined;
    this.#stalls.reset();
  }
}
