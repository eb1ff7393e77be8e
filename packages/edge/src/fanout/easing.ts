import { FRAME_MS, marginMs } from "@rostra/wire";

/** How somebody is served whose player has less in hand than this edge's chunks need. */
export interface Easing {
  /** Frames in its chunks meanwhile. */
  readonly frames: number;
  /** From then on chunks are as long as everybody's, ms of the edge's clock. */
  readonly untilMs: number;
}

/** Players slow down by a tenth at most (packages/client/src/listener/playout): so long for each ms that is to be gained. */
const MS_FOR_ONE = 10;
/** The last few ms take longer: they slow down less as they come close. */
const SETTLES_MS = 2_000;
/** An edge whose chunks are long has few writes to spare: not more than so many for one of its own. */
const MOST_WRITES = 5;

/**
 * Whoever comes from an edge whose chunks were shorter has but one of those in hand, and a chunk of
 * this one would come most of a second after that. So it gets short ones until its player, which knows the length that it
 * is to be ready for from `welcome`, has slowed down for as long as it takes.
 * @param cadenceMs of the chunks that it had, ms of sound; undefined: it doesn't say
 * @param ownMs of this edge's chunks
 * @returns undefined where it needs nothing of the kind
 */
export function easingFrom(
  cadenceMs: number | undefined,
  ownMs: number,
  nowMs: number,
): Easing | undefined {
  if (cadenceMs === undefined || cadenceMs >= ownMs) return undefined;
  const frames = Math.floor(Math.max(cadenceMs, ownMs / MOST_WRITES) / FRAME_MS);
  const missingMs = ownMs + marginMs(ownMs) - cadenceMs - marginMs(cadenceMs);
  return { frames: Math.max(1, frames), untilMs: nowMs + MS_FOR_ONE * missingMs + SETTLES_MS };
}
