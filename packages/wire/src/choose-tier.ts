import type { ListenTier } from "./listen.ts";

/** A tier that takes as many as come counts as much as this many places. */
const UNBOUNDED = 1_000_000;

/**
 * Picks one by its weight, so that a crowd spreads as there is room.
 * @param random 0 (inclusive) to 1 (exclusive)
 * @returns undefined where nothing weighs anything
 */
export function pickWeighted<T>(
  items: readonly T[],
  weightOf: (item: T) => number,
  random: number,
): T | undefined {
  const total = items.reduce((sum, item) => sum + weightOf(item), 0);
  if (total <= 0) return undefined;
  let at = random * total;
  for (const item of items) {
    at -= weightOf(item);
    if (at < 0) return item;
  }
  // Sums of fractions may end a hair short.
  return items.findLast((item) => weightOf(item) > 0);
}

/**
 * Where one listener goes: live where anybody has room, else HLS.
 * @param random 0 (inclusive) to 1 (exclusive)
 * @returns undefined where nobody has room
 */
export function chooseTier(tiers: readonly ListenTier[], random: number): ListenTier | undefined {
  const roomOf = ({ spare }: ListenTier) => spare ?? UNBOUNDED;
  const live = tiers.filter(({ tier }) => tier === "live");
  const hls = tiers.filter(({ tier }) => tier === "hls");
  return pickWeighted(live, roomOf, random) ?? pickWeighted(hls, roomOf, random);
}
