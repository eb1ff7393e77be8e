import { fnv1a, mixed } from "@rostra/wire";

/** A space is named at this many edges at least: where one goes, another has its sound already. */
const LEAST_EDGES = 2;
/** And at one for each so many listeners: what following costs is little beside what they cost. */
const LISTENERS_PER_EDGE = 250;
/** Places that are named for a space without listeners; and for each who listens, or asks where to. */
const FEWEST_PLACES = 2_000;
const PLACES_PER_LISTENER = 4;

/** Somewhere to go to, with what it could still take; null for as many as come. */
interface Place {
  readonly base: string;
  readonly spare: number | null;
}

/**
 * Of all places those where a space's listeners are to be: a small one's at few edges, so that not each
 * edge has to follow each space; a large one's at many, and room for four times as many as there are.
 * Which they are follows from hashes of the space's id with each place (rendezvous hashing: Thaler and
 * Ravishankar, 1998), so all edges name the same, and where one goes or comes nothing else changes.
 * @param listeners who listen now, or are about to
 */
export function ownPlaces<P extends Place>(
  spaceId: string,
  places: readonly P[],
  listeners: number,
): P[] {
  const open = places.filter(({ spare }) => spare !== 0);
  const ranked = open.map((place) => ({ place, rank: mixed(fnv1a(`${spaceId} ${place.base}`)) }));
  ranked.sort((a, b) => b.rank - a.rank || (a.place.base < b.place.base ? -1 : 1));
  const least = Math.max(LEAST_EDGES, Math.ceil(listeners / LISTENERS_PER_EDGE));
  const wanted = FEWEST_PLACES + PLACES_PER_LISTENER * listeners;
  const own: P[] = [];
  let named = 0;
  for (const { place } of ranked) {
    if (own.length >= least && named >= wanted) break;
    own.push(place);
    named += place.spare ?? Number.POSITIVE_INFINITY;
  }
  return own;
}
