import type { Rendition, SpaceId } from "@rostra/wire";

/** What a live address is asked for (docs/protocol/live-v1.md, "Connecting"). */
export interface LiveQuery {
  /** False: room events alone. */
  readonly sound: boolean;
  /** First frame that is wanted; null: from now on. */
  readonly from: number | null;
  /** How much sound chunks held so far, ms: what a player has in hand goes by it. */
  readonly cadenceMs: number;
  readonly rendition: Rendition;
  readonly cameFrom: SpaceId | undefined;
  /** A link beside one that is late: only an edge that has room and sound to spare takes it. */
  readonly isSecond: boolean;
}

/** @returns with its question mark; nothing where all is as usual */
export function liveQuery(query: LiveQuery): string {
  const { sound, from, cadenceMs, rendition, cameFrom, isSecond } = query;
  if (!sound) return "?sound=none";
  const asked: string[] = [];
  if (from !== null) asked.push(`from=${from}`, `cadence=${cadenceMs}`);
  if (rendition === "thin") asked.push("rendition=thin");
  if (cameFrom !== undefined) asked.push(`raid=${cameFrom}`);
  if (isSecond) asked.push("second=1");
  return asked.length === 0 ? "" : `?${asked.join("&")}`;
}
