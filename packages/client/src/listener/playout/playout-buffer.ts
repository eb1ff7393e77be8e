import { LIMITS, type ProgramFrame } from "@rostra/wire";

/** What has its turn: a frame, or a gap before the next frame that is at hand. */
export type NextUp =
  | { readonly kind: "frame"; readonly frame: ProgramFrame }
  | {
      readonly kind: "gap";
      /** First number that isn't there. */
      readonly number: number;
      /** First number after the gap that is. */
      readonly until: number;
    };

/** As far behind as an edge's ring reaches, and what comes in meanwhile: some 4 MB. */
const CAPACITY_FRAMES = LIMITS.ringFrames + 500;

/**
 * Frames that wait for their turn, by number: whatever order and however often they come in, each
 * number is handed out at most once, ascending. A number whose turn is over is never taken again.
 */
export class PlayoutBuffer {
  readonly #capacityFrames: number;
  readonly #frames = new Map<number, ProgramFrame>();
  #next: number | null = null;
  #newest: number | null = null;
  #overflowed = 0;

  constructor(capacityFrames = CAPACITY_FRAMES) {
    this.#capacityFrames = capacityFrames;
  }

  /** Number that has its turn; null before the first frame. */
  get nextNumber(): number | null {
    return this.#next;
  }

  /** Newest number that ever came in; null before the first. */
  get newestNumber(): number | null {
    return this.#newest;
  }

  get size(): number {
    return this.#frames.size;
  }

  /** Frames that were let go unplayed because the buffer was full. */
  get overflowed(): number {
    return this.#overflowed;
  }

  /**
   * An empty packet is no frame: the server says that this number is lost.
   * When full, the oldest frame goes: an edge holds no more of the past either.
   * @returns false for one that was there already, or whose turn is over
   */
  push(frame: ProgramFrame): boolean {
    const { number } = frame;
    if (this.#newest === null || number > this.#newest) this.#newest = number;
    if (frame.packet.length === 0 || this.#frames.has(number)) return false;
    if (this.#next !== null && number < this.#next) return false;
    this.#next ??= number;
    this.#frames.set(number, frame);
    if (this.#frames.size > this.#capacityFrames) {
      this.#overflowed += 1;
      this.skipTo(this.#oldest()! + 1);
    }
    return true;
  }

  /** Undefined where nothing is at hand. */
  peek(): NextUp | undefined {
    if (this.#next === null || this.#frames.size === 0) return undefined;
    const frame = this.#frames.get(this.#next);
    if (frame !== undefined) return { kind: "frame", frame };
    return { kind: "gap", number: this.#next, until: this.#oldest()! };
  }

  /** Ends the turn of the number that has it: after it was played, or concealed. */
  advance(): void {
    if (this.#next !== null) this.skipTo(this.#next + 1);
  }

  /** Lets everything below `number` go; never goes back. */
  skipTo(number: number): void {
    if (this.#next === null || number <= this.#next) return;
    // Whichever is the shorter way: the numbers skipped, or the frames held.
    if (number - this.#next <= this.#frames.size) {
      for (let old = this.#next; old < number; old += 1) this.#frames.delete(old);
    } else {
      for (const held of this.#frames.keys()) if (held < number) this.#frames.delete(held);
    }
    this.#next = number;
  }

  /** Lowest number at hand. Only gaps ask: a walk over what is held is cheap enough. */
  #oldest(): number | undefined {
    let oldest: number | undefined;
    for (const number of this.#frames.keys()) {
      if (oldest === undefined || number < oldest) oldest = number;
    }
    return oldest;
  }
}
