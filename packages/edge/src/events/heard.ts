import { HEARD_WINDOW_MS, type HeardSample } from "@rostra/wire";

/** Up to this many players all are asked: the count is exact then. */
const ASK_ALL = 400;
/** Above it, so many answers are asked for in each window, over all edges. */
const ANSWERS = 300;

/**
 * The share of players to ask so that about 300 answers come, whatever the crowd: 95% of estimates
 * are then within 11% (1.96 / sqrt(300)).
 * @param pages players on all edges
 */
export function shareToAsk(pages: number): number {
  return pages <= ASK_ALL ? 1 : Number((ANSWERS / pages).toPrecision(4));
}

export interface HeardEstimate {
  readonly heard: number;
  /** Half of the 95% interval; the interval also ends at 0 and at `heardOf`. */
  readonly heardError: number;
  /** Players that were asked: more can't have heard. */
  readonly heardOf: number;
}

/**
 * Each player answers with probability p by itself, so an edge's answers X are binomial (H, p) for
 * its H who heard: X / p is unbiased, with variance H (1 - p) / p, estimated by X (1 - p) / p²
 * (Horvitz and Thompson, 1952, for Bernoulli sampling). Edges are independent: estimates and
 * variances add up, and the half interval is 1.96 times the root. Where nobody answered at all, the
 * upper end is the H for which that has a chance of 5%: H = ln(0.05) / ln(1 - p), about 3 / p.
 */
export function estimateHeard(samples: readonly HeardSample[]): HeardEstimate {
  let sum = 0;
  let asked = 0;
  let variance = 0;
  let smallestShare = 1;
  for (const { answers, share, of } of samples) {
    asked += of;
    sum += answers / share;
    variance += (answers * (1 - share)) / share ** 2;
    smallestShare = Math.min(smallestShare, share);
  }
  const none = sum === 0 && smallestShare < 1;
  const half = none ? Math.log(0.05) / Math.log(1 - smallestShare) : 1.96 * Math.sqrt(variance);
  return {
    heard: Math.min(asked, Math.round(sum)),
    heardError: Math.min(asked, Math.ceil(half)),
    heardOf: asked,
  };
}

/** The window in which this edge's players are asked and answer. */
export class HeardWindow {
  /** Which one: whoever has answered in it isn't counted again. */
  number = 0;
  #beganMs = Number.NEGATIVE_INFINITY;
  #asked: { readonly share: number; readonly of: number } | undefined;
  #answers = 0;

  answer(): void {
    this.#answers += 1;
  }

  /** Whether it's time for the next. */
  isOver(nowMs: number): boolean {
    return nowMs - this.#beganMs >= HEARD_WINDOW_MS;
  }

  /**
   * Ends this window and begins the next.
   * @param asked which share of how many players is asked now; undefined: nobody is
   * @returns what came of the one before; null where nobody was asked in it
   */
  next(asked: { share: number; of: number } | undefined, nowMs: number): HeardSample | null {
    const before = this.#asked === undefined ? null : { answers: this.#answers, ...this.#asked };
    this.number += 1;
    this.#beganMs = nowMs;
    this.#asked = asked;
    this.#answers = 0;
    return before;
  }
}
