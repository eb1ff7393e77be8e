/**
 * Who asks has waited for a chunk, and 120 ms more: 11 frames at least. Fewer than this beyond what the
 * first link brought, and they have stopped coming here, too: it isn't that edge. This one fills in soon.
 */
const WORTHWHILE_FRAMES = 8;

/**
 * Whether an edge has what the first link didn't bring.
 * @param newestMade newest frame at hand that a stage has made: what an edge makes up itself, the first link's has, too;
 * undefined: none yet, as where nobody has listened here so far
 * @param from first frame that is wanted
 */
export function hasMore(newestMade: number | undefined, from: number | undefined): boolean {
  if (newestMade === undefined || from === undefined) return true;
  return newestMade >= from + WORTHWHILE_FRAMES - 1;
}
