import { type Refusal, refuse } from "../http/respond.ts";

/** In the mean of a second; later than this an edge has enough to do for those whom it has, ms. */
const LATE_MS = 100;
/**
 * A second link is for a listener whose first may come back any moment: where all edges are slow,
 * thousands of them would make all slower. So this is what an edge refuses before anything else.
 * @param hasRoom whether a newcomer would find room
 * @param lateMs how late this process comes to what is due, in the mean, ms
 */
export function takesSecondLink(hasRoom: boolean, lateMs: number): boolean {
  return hasRoom && lateMs < LATE_MS;
}

/** To who wants a link to wait here. */
export const NO_STANDBY: Refusal = refuse(
  "unavailable",
  "no connections to spare for a link in waiting",
  { "retry-after": "60", connection: "close" },
);

/** Short, and the connection ends: it is asked for by many at once. */
export const NO_SECOND_LINK: Refusal = refuse(
  "unavailable",
  "nothing to spare for a second link; keep the first",
  { "retry-after": "1", connection: "close" },
);
