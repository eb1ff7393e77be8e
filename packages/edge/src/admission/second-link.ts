import { type Refusal, refuse } from "../http/respond.ts";

/** In the mean of a second; later than this an edge has enough to do for those whom it has, ms. */
const LATE_MS = 100;
/**
 * Who asks has waited for a chunk, and 120 ms more: 11 frames at least. Fewer than this beyond what the
 * first link brought, and they have stopped coming here, too: it isn't that edge. This one fills in soon.
 */
const WORTHWHILE_FRAMES = 8;

/**
 * A second link is for a listener whose first may come back any moment: where all edges are slow,
 * thousands of them would make all slower. So this is what an edge refuses before anything else.
 * @param hasRoom whether a newcomer would find room
 * @param lateMs how late this process comes to what is due, in the mean, ms
 */
export function takesSecondLink(hasRoom: boolean, lateMs: number): boolean {
  return hasRoom && lateMs < LATE_MS;
}

/**
 * Whether an edge has what the first link didn't bring.
 * @param head newest frame at hand; undefined: none yet, as where nobody has listened here so far
 * @param from first frame that is wanted
 */
export function hasMore(head: number | undefined, from: number | undefined): boolean {
  return head === undefined || from === undefined || head >= from + WORTHWHILE_FRAMES - 1;
}

/** Short, and the connection ends: it is asked for by many at once. */
export const NO_SECOND_LINK: Refusal = refuse(
  "unavailable",
  "nothing to spare for a second link; keep the first",
  { "retry-after": "1", connection: "close" },
);
