import { REACTIONS, type Reaction, type ReactionCounts } from "@rostra/wire";

/** Reactions that one listener may save up, and how fast they come back. */
const BURST = 5;
const PER_SECOND = 2;

/** A token bucket for one connection: plain numbers, a crowd has many. */
export interface ReactionBudget {
  left: number;
  atMs: number;
}

export function newReactionBudget(nowMs: number): ReactionBudget {
  return { left: BURST, atMs: nowMs };
}

/** @returns false for one too many: it is passed over in silence */
export function spendReaction(budget: ReactionBudget, nowMs: number): boolean {
  const earned = (Math.max(0, nowMs - budget.atMs) * PER_SECOND) / 1000;
  budget.left = Math.min(BURST, budget.left + earned);
  budget.atMs = nowMs;
  if (budget.left < 1) return false;
  budget.left -= 1;
  return true;
}

/**
 * One space's reactions on one edge: summed as they come, so that the crowd's size changes numbers
 * and nothing else. Edges tell each other totals since they began; what is shown is the difference.
 */
export class ReactionSums {
  readonly #totals = new Map<Reaction, number>();
  readonly #unshown = new Map<Reaction, number>();
  #untold = false;

  add(emoji: Reaction): void {
    this.#totals.set(emoji, (this.#totals.get(emoji) ?? 0) + 1);
    this.#show(emoji, 1);
    this.#untold = true;
  }

  /** What came up on other edges. */
  addElsewhere(counts: ReactionCounts): void {
    for (const emoji of REACTIONS) {
      const count = counts[emoji] ?? 0;
      if (count > 0) this.#show(emoji, count);
    }
  }

  /** @returns what has come up since the last time; undefined for nothing */
  takeUnshown(): ReactionCounts | undefined {
    if (this.#unshown.size === 0) return undefined;
    const counts = Object.fromEntries(this.#unshown);
    this.#unshown.clear();
    return counts;
  }

  /** @returns this edge's totals for the others; undefined where they know them */
  takeUntold(): ReactionCounts | undefined {
    if (!this.#untold) return undefined;
    this.#untold = false;
    return Object.fromEntries(this.#totals);
  }

  #show(emoji: Reaction, count: number): void {
    this.#unshown.set(emoji, (this.#unshown.get(emoji) ?? 0) + count);
  }
}

/**
 * What has come up between two totals of one edge. A total that is lower was begun anew.
 * @param before undefined: nothing was known of it
 */
export function reactionsSince(
  before: ReactionCounts | undefined,
  totals: ReactionCounts,
): ReactionCounts {
  const since: { [R in Reaction]?: number } = {};
  for (const emoji of REACTIONS) {
    const [total, known] = [totals[emoji] ?? 0, before?.[emoji] ?? 0];
    const more = total >= known ? total - known : total;
    if (more > 0) since[emoji] = more;
  }
  return since;
}
