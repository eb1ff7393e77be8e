/** For decoding, handing over to the sound card, and a little of the unexpected, ms. */
const MARGIN_MS = 100;
/**
 * Of what chunks are longer than the shortest, so much is kept in hand, up to a bound, ms: with that, chunks of half a second
 * leave a player the 400 ms after which an edge fills in for a stage that has stopped.
 */
const RESERVE_SHARE = 0.75;
const MOST_RESERVE_MS = 300;
export const SHORTEST_CADENCE_MS = 100;

/**
 * Sound that a listener keeps in hand, ms. Longer chunks come with a reserve: they are for edges with
 * thousands of listeners, and where sound is late by most of a second anyway, 300 ms more are time to find another edge if
 * this one dies or falls silent.
 * @param cadenceMs how much sound a chunk holds
 */
export function marginMs(cadenceMs: number): number {
  const reserveMs = RESERVE_SHARE * (cadenceMs - SHORTEST_CADENCE_MS);
  return MARGIN_MS + Math.min(MOST_RESERVE_MS, reserveMs);
}
