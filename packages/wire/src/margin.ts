/** For decoding, handing over to the sound card, and a little of the unexpected, ms. */
const MARGIN_MS = 100;
/** Of what chunks are longer than the shortest, so much is kept in hand. */
const RESERVE_SHARE = 0.2;
export const SHORTEST_CADENCE_MS = 100;

/**
 * Sound that a listener keeps in hand, ms. Longer chunks come with a reserve: where sound is late by a second anyway, 180 ms more
 * are time to find another edge if this one falls silent.
 * @param cadenceMs how much sound a chunk holds
 */
export function marginMs(cadenceMs: number): number {
  return MARGIN_MS + RESERVE_SHARE * (cadenceMs - SHORTEST_CADENCE_MS);
}
