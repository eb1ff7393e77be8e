/** Of what chunks are longer than the shortest, so much is kept in hand. */
const RESERVE_SHARE = 0.2;
export const SHORTEST_CADENCE_MS = 100;

/**
 * Sound that a listener keeps beside its margin, ms: where sound is late by a second anyway, 180 ms more
 * are time to find another edge if this one falls silent.
 * @param cadenceMs how much sound a chunk holds
 */
export function reserveMs(cadenceMs: number): number {
  return RESERVE_SHARE * (cadenceMs - SHORTEST_CADENCE_MS);
}
