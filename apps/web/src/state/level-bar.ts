/** Below this a voice is the room's hum, dBFS. */
const FLOOR_DBFS = -60;

/** How much of a bar a level fills, 0 to 1: even steps of decibels, as the ear has them. */
export function levelShare(dbfs: number): number {
  return Math.min(1, Math.max(0, 1 - dbfs / FLOOR_DBFS));
}
