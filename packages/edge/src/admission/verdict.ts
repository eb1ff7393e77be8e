import { pickWeighted } from "@rostra/wire";
import type { KnownEdge } from "./edge-loads.ts";

/** Nobody is sent on more often than this: edges that are all nearly full must not play ball. */
export const MAX_HOPS = 3;

/** How a newcomer wants to be served. events: room events alone. */
export type NewcomerKind = "websocket" | "events" | "ogg" | "aac";

export interface Situation {
  readonly kind: NewcomerKind;
  /** How often this newcomer was sent on already. */
  readonly hop: number;
  /** Whether there is room here. */
  readonly room: boolean;
  /** Other edges that can be reached from outside, with what each could still take. */
  readonly others: readonly KnownEdge[];
  /** Whether HLS has room, here or at a CDN. */
  readonly hls: boolean;
}

/** What becomes of a newcomer. */
export type Verdict =
  | { readonly kind: "in" }
  | { readonly kind: "edge"; readonly edge: KnownEdge }
  | { readonly kind: "hls" }
  | { readonly kind: "full" };

/**
 * In where there is room; else to another edge, by its spare places; else to HLS; "full" is the last
 * resort.
 * @param random 0 (inclusive) to 1 (exclusive)
 */
export function judge(situation: Situation, random: number): Verdict {
  const { kind, hop, room, others, hls } = situation;
  if (room) return { kind: "in" };
  const edge = hop < MAX_HOPS ? pickWeighted(others, ({ spare }) => spare, random) : undefined;
  if (edge !== undefined) return { kind: "edge", edge };
  // There are no room events in HLS.
  return hls && kind !== "events" ? { kind: "hls" } : { kind: "full" };
}
