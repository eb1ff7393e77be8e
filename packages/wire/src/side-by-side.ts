import { FRAME_MS } from "./frame.ts";

/**
 * How long a link that another one has just taken over from goes on beside it, ms: as long as nothing can be told of
 * the new one by itself (see `ChunkWatch`), and half a second more.
 */
export const SIDE_BY_SIDE_MS = 2_000;
/** The one that had sound first stays unless the other one is better by more than this, ms. */
const CLEARLY_MS = 40;
/** The longest chunk that an edge makes; what a new link brings at first may be longer. */
const LONGEST_FRAMES = 1_000 / FRAME_MS;

/** What one of the two has brought. */
interface Side {
  lastFrame: number;
  /** How much its last chunk held. */
  frames: number;
  /** The latest that a chunk of it came after the end of its last frame, on any clock, ms. */
  worstMs: number;
}

/**
 * Two links to two edges that bring the same frames for a while, after one was late and the other was asked: which of
 * them is the better one, by how late its chunks come at worst after the newest frame in them. (Not by who has a frame first:
 * chunks of half a second that begin elsewhere are ahead and behind by turns.) Pure; shared by all that listen
 * (docs/protocol/live-v1.md, "A second link").
 */
export class SideBySide {
  readonly #former = newSide();
  readonly #newer = newSide();
  readonly #isFormerAhead: boolean;
  readonly #untilMs: number;

  /**
   * @param isFormerAhead whether the former, which was late, had new sound before the other one
   * @param nowMs of any clock that never goes back
   */
  constructor(isFormerAhead: boolean, nowMs: number) {
    this.#isFormerAhead = isFormerAhead;
    this.#untilMs = nowMs + SIDE_BY_SIDE_MS;
  }

  isOver(nowMs: number): boolean {
    return nowMs >= this.#untilMs;
  }

  /** Takes note of a chunk. @param isFormer by which link it came */
  arrived(isFormer: boolean, lastFrame: number, frames: number, nowMs: number): void {
    const side = isFormer ? this.#former : this.#newer;
    side.lastFrame = lastFrame;
    side.frames = Math.min(frames, LONGEST_FRAMES);
    side.worstMs = Math.max(side.worstMs, nowMs - (lastFrame + 1) * FRAME_MS);
  }

  /** Whether the link that was late at first should be the one that stays. */
  isFormerBetter(nowMs: number): boolean {
    const [formerMs, newerMs] = [worstMs(this.#former, nowMs), worstMs(this.#newer, nowMs)];
    if (this.#isFormerAhead) return formerMs <= newerMs + CLEARLY_MS;
    return formerMs + CLEARLY_MS < newerMs;
  }
}

function newSide(): Side {
  return { lastFrame: -1, frames: 0, worstMs: Number.NEGATIVE_INFINITY };
}

/** With the chunk that hasn't come yet; infinite for who has brought none. */
function worstMs({ lastFrame, frames, worstMs: cameMs }: Side, nowMs: number): number {
  if (frames === 0) return Number.POSITIVE_INFINITY;
  return Math.max(cameMs, nowMs - (lastFrame + 1 + frames) * FRAME_MS);
}
