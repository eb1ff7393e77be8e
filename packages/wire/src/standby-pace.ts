/** When a listener makes a link in waiting (docs/protocol/live-v1.md, "A link in waiting"). Shared by all that listen. */

/** What one gets to stand, ms: nobody waits for it. */
export const STANDS_WITHIN_MS = 10_000;
/** After one that never stood, ms, and up to half as much more; twice as long after each further one. */
const RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 600_000;
const [SOMETIME_MS, SOMETIME_SPREAD_MS] = [2_000, 10_000];

/**
 * How long to leave what nobody waits for, 2 to 12 s: a crowd comes to need it in one instant.
 * @param random 0 (inclusive) to 1 (exclusive)
 */
export function sometimeMs(random: number): number {
  return SOMETIME_MS + random * SOMETIME_SPREAD_MS;
}

/**
 * How long to wait after one that never stood, or whose place is needed, ms.
 * @param inVain how many came to nothing in a row before it
 * @param random 0 (inclusive) to 1 (exclusive)
 */
export function standbyRetryMs(inVain: number, random: number): number {
  return Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** inVain) * (1 + random / 2);
}
