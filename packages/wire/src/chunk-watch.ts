import { FRAME_MS } from "./frame.ts";
import { LaterForGood, MAX_JITTER_MS } from "./later-for-good.ts";

/**
 * When a listener's next chunk is late by clearly more than this link has ever been: then another
 * edge is tried beside it (docs/protocol/live-v1.md, "A second link"). Pure; shared by all that listen.
 *
 * The **offset** of a chunk is the time of its arrival minus the end of its last frame on the number
 * line: the way here, whatever the cadence. Only differences of offsets mean anything.
 */

/** Arrivals of this long, and of as long before it, say how late chunks come at worst: 10 to 20 s. */
const HALF_WINDOW_MS = 10_000;
/** Later than the latest by less than this may be anything: a busy machine, a lost packet. */
const LEAST_LATE_MS = 120;
/** A link that wobbles is given as much again, in part. */
const JITTER_SHARE = 0.5;
/**
 * Where a link waits at another edge, being wrong costs a message: it is asked before the player, which has 100 ms more
 * than it has ever needed, runs dry, however much the first one wobbles.
 */
const LEAST_LATE_BY_STANDBY_MS = 80;
/** A crowd that loses one edge doesn't come to the others in one instant; the less so as its chunks came in turn. */
const [SPREAD_MS, SPREAD_BY_STANDBY_MS] = [60, 20];
/** Before so many chunks, and for so long, there is nothing to compare with: where many come, all is late. */
const PROVEN_CHUNKS = 3;
const PROVEN_MS = 1_500;

export class ChunkWatch {
  /** The length of chunks, the one before it, and from which frame on the new one holds. */
  #cadenceMs: number;
  #beforeMs: number;
  #fromFrame = 0;
  #lastFrame = -1;
  #chunks = 0;
  #firstAtMs = 0;
  #lateMs = 0;
  readonly #later = new LaterForGood();
  // Earliest and latest offset of this half of the window, and of the one before it.
  #halfFromMs = Number.NEGATIVE_INFINITY;
  #earliest = Number.POSITIVE_INFINITY;
  #latest = Number.NEGATIVE_INFINITY;
  #earliestBefore = Number.POSITIVE_INFINITY;
  #latestBefore = Number.NEGATIVE_INFINITY;

  /** @param cadenceMs how much sound a chunk holds, as far as is known at first */
  constructor(cadenceMs: number) {
    [this.#cadenceMs, this.#beforeMs] = [cadenceMs, cadenceMs];
  }

  /** @param fromFrame first frame that comes in chunks of that length */
  setCadence(cadenceMs: number, fromFrame = 0): void {
    // Where a word replaces one whose frame hasn't come, the longest is what may be waited for.
    const isPending = this.#lastFrame < this.#fromFrame;
    this.#beforeMs = isPending ? Math.max(this.#beforeMs, this.#cadenceMs) : this.#cadenceMs;
    [this.#cadenceMs, this.#fromFrame] = [cadenceMs, fromFrame];
  }

  /**
   * Takes note of a chunk.
   * @param live false for sound from before the link began: its time says little of the network
   */
  arrived(lastFrame: number, atMs: number, live: boolean): void {
    this.#lastFrame = Math.max(this.#lastFrame, lastFrame);
    this.#lateMs = 0;
    if (!live) return;
    if (this.#chunks === 0) this.#firstAtMs = atMs;
    this.#chunks += 1;
    if (atMs - this.#halfFromMs >= HALF_WINDOW_MS) {
      [this.#earliestBefore, this.#latestBefore] = [this.#earliest, this.#latest];
      [this.#earliest, this.#latest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      this.#halfFromMs = atMs;
    }
    const offsetMs = atMs - (lastFrame + 1) * FRAME_MS;
    this.#lateMs = Math.max(0, offsetMs - this.#earliestMs);
    const isHeldUp = offsetMs > this.#earliestMs + MAX_JITTER_MS;
    if (this.#later.observe(isHeldUp, offsetMs, atMs)) {
      [this.#earliest, this.#earliestBefore] = [offsetMs, offsetMs];
      [this.#latest, this.#latestBefore] = [offsetMs, offsetMs];
      return;
    }
    this.#earliest = Math.min(this.#earliest, offsetMs);
    if (!isHeldUp) this.#latest = Math.max(this.#latest, offsetMs);
  }

  /** Another link begins: what is known of the way stays, what it brings first is compared with nothing. */
  begin(): void {
    this.#chunks = 0;
  }

  /** By how much the last chunk came later than the earliest of the window, ms; 0 where that says nothing. */
  get lateMs(): number {
    return this.#chunks < PROVEN_CHUNKS ? 0 : this.#lateMs;
  }

  get #earliestMs(): number {
    return Math.min(this.#earliest, this.#earliestBefore);
  }

  /**
   * When the next chunk is late, ms; infinity where that can't be told.
   * @param random 0 (inclusive) to 1 (exclusive)
   * @param standsBy whether a link waits at another edge
   */
  lateAtMs(random: number, standsBy = false): number {
    if (this.#chunks < PROVEN_CHUNKS) return Number.POSITIVE_INFINITY;
    const latestMs = Math.max(this.#latest, this.#latestBefore);
    // While the length changes, and for the first chunk of the other, either may come.
    const changes = (this.#lastFrame - this.#fromFrame) * FRAME_MS < this.#cadenceMs;
    const lengthMs = changes ? Math.max(this.#beforeMs, this.#cadenceMs) : this.#cadenceMs;
    const dueMs = (this.#lastFrame + 1) * FRAME_MS + lengthMs + latestMs;
    const wobbleMs = (latestMs - this.#earliestMs) * JITTER_SHARE;
    const graceMs = standsBy ? LEAST_LATE_BY_STANDBY_MS : Math.max(LEAST_LATE_MS, wobbleMs);
    const provenMs = this.#firstAtMs + PROVEN_MS;
    const spreadMs = standsBy ? SPREAD_BY_STANDBY_MS : SPREAD_MS;
    return Math.max(provenMs, dueMs + graceMs) + random * spreadMs;
  }
}
