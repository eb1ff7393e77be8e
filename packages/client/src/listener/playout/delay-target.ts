import { FRAME_MS, LaterForGood, MAX_JITTER_MS, marginMs } from "@rostra/wire";

/**
 * How late to play, so that the next chunk is always there in time.
 *
 * All on one line: the **offset** of a frame is a local time minus number * 20 ms. A chunk's arrival
 * offset, by its first frame, holds the cadence, the way here and its jitter alike; playing at the
 * latest arrival offset of the last while, plus a margin, never runs dry as long as the network
 * stays as it was. Absolute offsets mean nothing, only their differences do, so no clock needs to
 * agree with any other.
 */

const WINDOW_MS = 20_000;
/** Bounds the window where chunks come in fast: at a cadence of 100 ms it holds 20 s. */
const MAX_ARRIVALS = 200;

/** Changes of the cadence that are kept in mind: an edge makes a few in a minute at most. */
const MAX_STEPS = 8;

interface Arrival {
  readonly atMs: number;
  readonly offsetMs: number;
}

/** From which frame on chunks are how long. */
interface Step {
  readonly fromFrame: number;
  readonly cadenceMs: number;
}

export class DelayTarget {
  /** As they would have come at the cadence that was told last. */
  #arrivals: Arrival[] = [];
  #steps: Step[];
  /** Made of a newcomer's first chunk, until a live one has come. */
  #firstGuess: number | undefined;
  readonly #later = new LaterForGood();
  #lastAtMs: number | null = null;
  #newest = 0;

  /** @param cadenceMs how much sound a chunk holds, as far as is known at first */
  constructor(cadenceMs: number) {
    this.#steps = [{ fromFrame: 0, cadenceMs }];
  }

  /**
   * Plans for chunks of another length at once: sound is to be had a chunk's length after its
   * first frame was spoken, so the delay is to grow, or may shrink, by the difference.
   * @param fromFrame number of the first frame that comes so; left out: whatever comes next
   */
  setCadence(cadenceMs: number, fromFrame = 0): void {
    const changeMs = cadenceMs - this.#plannedMs;
    this.#steps = [
      // A word replaces the one before it where that one's frame hasn't come yet.
      ...this.#steps.filter((step) => step.fromFrame < fromFrame && step.fromFrame <= this.#newest),
      { fromFrame, cadenceMs },
    ].slice(-MAX_STEPS);
    if (changeMs === 0) return;
    this.#arrivals = this.#arrivals.map(({ atMs, offsetMs }) => {
      return { atMs, offsetMs: offsetMs + changeMs };
    });
    if (this.#firstGuess !== undefined) this.#firstGuess += changeMs;
  }

  /** The cadence that was told last, whether it holds yet or not. */
  get #plannedMs(): number {
    return this.#steps.at(-1)!.cadenceMs;
  }

  get #marginMs(): number {
    return marginMs(this.#plannedMs);
  }

  #cadenceMsAt(frame: number): number {
    const step = this.#steps.findLast(({ fromFrame }) => fromFrame <= frame) ?? this.#steps[0];
    return step!.cadenceMs;
  }

  /**
   * Takes note of a chunk.
   * @param live false for one that was made ready before we came: its time says little of the network
   */
  observe(firstNumber: number, lastNumber: number, atMs: number, live: boolean): void {
    const sinceMs = atMs - (this.#lastAtMs ?? Number.NEGATIVE_INFINITY);
    this.#lastAtMs = atMs;
    this.#newest = Math.max(this.#newest, lastNumber);
    if (!live) {
      // The next chunk is due in a cadence at most. Too late is mended unheard; too early stalls.
      this.#firstGuess ??= atMs - (lastNumber + 1) * FRAME_MS + this.#plannedMs;
      return;
    }
    const cadenceMs = this.#cadenceMsAt(lastNumber);
    // A chunk may well be longer than the cadence we know of, but not than the time since the one
    // before it: the rest is a backlog that is being filled.
    const liveFrames = Math.ceil(Math.max(sinceMs, cadenceMs) / FRAME_MS);
    const firstLive = Math.max(firstNumber, lastNumber - liveFrames + 1);
    const plannedMs = this.#plannedMs - this.#cadenceMsAt(firstLive);
    const offsetMs = atMs - firstLive * FRAME_MS + plannedMs;
    const isHeldUp = offsetMs > this.#earliestMs + MAX_JITTER_MS;
    if (this.#later.observe(isHeldUp, offsetMs, atMs)) this.#arrivals = [];
    this.#arrivals.push({ atMs, offsetMs });
    const oldest = atMs - WINDOW_MS;
    const kept = this.#arrivals.findIndex((arrival) => arrival.atMs >= oldest);
    const excess = Math.max(kept, this.#arrivals.length - MAX_ARRIVALS);
    if (excess > 0) this.#arrivals.splice(0, excess);
  }

  get #earliestMs(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { offsetMs } of this.#arrivals) earliest = Math.min(earliest, offsetMs);
    return earliest;
  }

  /** The offset to play at, ms; undefined before the first chunk. */
  get offsetMs(): number | undefined {
    if (this.#arrivals.length === 0) {
      return this.#firstGuess === undefined ? undefined : this.#firstGuess + this.#marginMs;
    }
    const earliest = this.#earliestMs;
    let latest = earliest;
    for (const { offsetMs } of this.#arrivals) {
      if (offsetMs <= earliest + MAX_JITTER_MS) latest = Math.max(latest, offsetMs);
    }
    return latest + this.#marginMs;
  }
}
