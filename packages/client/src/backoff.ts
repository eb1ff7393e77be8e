/** When to try again: shared by all that reconnects. */

/**
 * Short, since sound at hand lasts for a few times as long; an edge takes 18,000 who come within a
 * tenth of a second (`npm run bench:storm`).
 */
const FIRST_MIN_MS = 20;
const FIRST_SPREAD_MS = 80;
const STEP_MS = 1_000;
const MAX_MS = 10_000;

/**
 * The wait before retry number `failures` (1 for the first). A crowd that lost the same edge must
 * not come back in one instant, so every wait is random: the first 20 to 100 ms, then half to all
 * of 1, 2, 4, 8, 10, 10... seconds.
 * @param random 0 (inclusive) to 1 (exclusive)
 */
export function retryDelayMs(failures: number, random: number): number {
  if (failures <= 1) return FIRST_MIN_MS + random * FIRST_SPREAD_MS;
  const ceilingMs = Math.min(MAX_MS, STEP_MS * 2 ** (failures - 2));
  return ceilingMs * (0.5 + random * 0.5);
}
