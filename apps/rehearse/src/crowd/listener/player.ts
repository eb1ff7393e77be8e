import { FRAME_MS, LaterForGood, MAX_JITTER_MS, marginMs, SHORTEST_CADENCE_MS } from "@rostra/wire";

/**
 * What a player with the SDK's buffering would have made of what came: the same margin, the same
 * window, the same speeds (packages/client/src/listener/playout), in constant memory and without
 * sound. Absolute offsets mean nothing, only their differences do.
 */

/** Arrivals of this long, and of as long before it, say how late to play: 10 to 20 s. */
const HALF_WINDOW_MS = 10_000;
/** Nothing is mended within this distance of the delay that is wanted. */
const IDLE_MS = 40;
const FASTEST = 0.25;
const FASTER_SLOPE_MS = 5_000;
const SLOWEST = 0.1;
const SLOWER_SLOPE_MS = 1_000;

export class Player {
  /** A frame's number times 20 ms, plus this, is when it is played. */
  #offsetMs = Number.NaN;
  #atMs = 0;
  #next = 0;
  /** The length of chunks that was told last, the one before it, and from which frame on it holds. */
  #plannedMs = SHORTEST_CADENCE_MS;
  #beforeMs = SHORTEST_CADENCE_MS;
  #fromFrame = 0;
  // Earliest and latest arrival of this half of the window, and of the one before it.
  #halfFromMs = 0;
  #earliest = Number.POSITIVE_INFINITY;
  #latest = Number.NEGATIVE_INFINITY;
  #earliestBefore = Number.POSITIVE_INFINITY;
  #latestBefore = Number.NEGATIVE_INFINITY;
  #worstMs = 0;
  readonly #later = new LaterForGood();

  /** Plans for chunks of another length at once. @param fromFrame the first that comes so */
  setCadence(cadenceMs: number, fromFrame: number): void {
    const changeMs = cadenceMs - this.#plannedMs;
    if (this.#next >= this.#fromFrame) this.#beforeMs = this.#plannedMs;
    [this.#plannedMs, this.#fromFrame] = [cadenceMs, fromFrame];
    this.#earliest += changeMs;
    this.#latest += changeMs;
    this.#earliestBefore += changeMs;
    this.#latestBefore += changeMs;
  }

  get #marginMs(): number {
    return marginMs(this.#plannedMs);
  }

  #cadenceMsAt(frame: number): number {
    return frame >= this.#fromFrame ? this.#plannedMs : this.#beforeMs;
  }

  /** Takes note of a chunk. @param nowMs of any clock that never goes back */
  take(first: number, count: number, nowMs: number): void {
    const next = first + count;
    if (Number.isNaN(this.#offsetMs)) {
      // A newcomer's first chunk was made ready before it came: the next one is due in a cadence.
      this.#offsetMs = nowMs - next * FRAME_MS + this.#plannedMs + this.#marginMs;
      [this.#halfFromMs, this.#atMs, this.#next] = [nowMs, nowMs, next];
      return;
    }
    if (next <= this.#next) return;
    const from = Math.max(first, this.#next);
    // Frames that never came are silence where they should have been played.
    this.#silent((from - this.#next) * FRAME_MS);
    this.#steer(nowMs);
    const lateMs = nowMs - (this.#offsetMs + from * FRAME_MS);
    if (lateMs > 0) {
      this.#offsetMs += lateMs;
      this.#silent(lateMs);
    }
    this.#arrived(next, nowMs);
    this.#next = next;
  }

  /** The longest silence at the ear since this was asked last, one that still lasts included, ms. */
  takeWorstMs(nowMs: number): number {
    const worstMs = Math.max(this.#worstMs, this.#dryMs(nowMs));
    this.#worstMs = 0;
    return worstMs;
  }

  /** How long what is at hand lasts, ms; 0 before there was any. */
  leftMs(nowMs: number): number {
    const leftMs = this.#offsetMs + this.#next * FRAME_MS - nowMs;
    return Number.isNaN(leftMs) ? 0 : Math.max(0, leftMs);
  }

  /** How long there has been nothing to play, ms. */
  #dryMs(nowMs: number): number {
    const dryMs = nowMs - (this.#offsetMs + this.#next * FRAME_MS);
    return Number.isNaN(dryMs) ? 0 : Math.max(0, dryMs);
  }

  #silent(ms: number): void {
    this.#worstMs = Math.max(this.#worstMs, ms);
  }

  /** What lies before the newest cadence is a backlog: its time says nothing of the network. */
  #arrived(next: number, nowMs: number): void {
    const sinceMs = Math.max(this.#cadenceMsAt(next - 1), nowMs - this.#atMs);
    const live = Math.min(next - this.#next, Math.ceil(sinceMs / FRAME_MS));
    const plannedMs = this.#plannedMs - this.#cadenceMsAt(next - live);
    const arrivalMs = nowMs - (next - live) * FRAME_MS + plannedMs;
    this.#atMs = nowMs;
    if (nowMs - this.#halfFromMs >= HALF_WINDOW_MS) {
      [this.#earliestBefore, this.#latestBefore] = [this.#earliest, this.#latest];
      [this.#earliest, this.#latest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      this.#halfFromMs = nowMs;
    }
    const isHeldUp = arrivalMs > Math.min(this.#earliest, this.#earliestBefore) + MAX_JITTER_MS;
    if (this.#later.observe(isHeldUp, arrivalMs, nowMs)) {
      [this.#earliestBefore, this.#latestBefore] = [arrivalMs, arrivalMs];
      [this.#earliest, this.#latest] = [arrivalMs, arrivalMs];
      return;
    }
    this.#earliest = Math.min(this.#earliest, arrivalMs);
    if (!isHeldUp) this.#latest = Math.max(this.#latest, arrivalMs);
  }

  /** Plays a little faster or slower, towards the delay that is wanted. */
  #steer(nowMs: number): void {
    const latest = Math.max(this.#latest, this.#latestBefore);
    const behindMs = this.#offsetMs - (latest + this.#marginMs);
    if (!Number.isFinite(behindMs) || Math.abs(behindMs) < IDLE_MS) return;
    const rate =
      behindMs > 0
        ? Math.min(FASTEST, behindMs / FASTER_SLOPE_MS)
        : Math.max(-SLOWEST, behindMs / SLOWER_SLOPE_MS);
    this.#offsetMs -= (nowMs - this.#atMs) * rate;
  }
}
