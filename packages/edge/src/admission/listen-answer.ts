import {
  type EdgeLoad,
  HOLDING_CLIP_PATH,
  hasProgram,
  type ListenAnswer,
  type ListenTier,
  MAX_TIERS,
  pickWeighted,
  type SpaceId,
  type SpaceSnapshot,
} from "@rostra/wire";
import { baseOf, hlsPath, livePath } from "./addresses.ts";
import { ownPlaces } from "./own-edges.ts";

/** Of the tiers in one answer, this many at most are HLS. */
const MAX_HLS_TIERS = 4;

/** All that an answer is made of: what the relay says, nothing else. */
export interface ListenFacts {
  readonly space: SpaceSnapshot;
  readonly ownUrl: string | null;
  /** Of every edge, this one included; `spare` is what it could still take. */
  readonly edges: readonly { readonly load: EdgeLoad; readonly spare: number }[];
  /** Who listen to the space now, or are about to. */
  readonly listeners: number;
  /** When to ask again where all is full, ms. */
  readonly retryAfterMs: number;
  /** 0 (inclusive) to 1 (exclusive), asked once for each tier. */
  readonly random: () => number;
}

/** The space's edges and HLS by their spare places, best drawn first; for all listeners of one second. */
export function makeListenAnswer(facts: ListenFacts): ListenAnswer {
  const { space, random, retryAfterMs } = facts;
  const nothing = { id: space.id, state: space.state, tiers: [], retryAfterMs: null, clip: null };
  if (!hasProgram(space.state)) return nothing;
  const hls = drawn(hlsTiers(facts), MAX_HLS_TIERS, random);
  const live = drawn(liveTiers(facts), MAX_TIERS - hls.length, random);
  const tiers = [...live, ...hls];
  return tiers.length > 0
    ? { ...nothing, tiers }
    : { ...nothing, retryAfterMs, clip: HOLDING_CLIP_PATH };
}

function liveTiers({ space, edges, ownUrl, listeners }: ListenFacts): ListenTier[] {
  const spares = new Map<string, number>();
  for (const { load, spare } of edges) {
    const base = baseOf(load, ownUrl);
    // Edges that share an address are one place to go to.
    if (base !== undefined) spares.set(base, (spares.get(base) ?? 0) + spare);
  }
  const places = [...spares].map(([base, spare]) => ({ base, spare }));
  return ownPlaces(space.id, places, listeners).map(({ base, spare }) => ({
    tier: "live",
    url: base + livePath(space.id, "websocket"),
    protocol: "websocket",
    spare,
  }));
}

function hlsTiers({ space, edges, ownUrl, listeners }: ListenFacts): ListenTier[] {
  const spares = new Map<string, number | null>();
  for (const { load } of edges) {
    const base = load.hlsUrl ?? baseOf(load, ownUrl);
    if (base === undefined) continue;
    const before = spares.get(base);
    const unbounded = load.hlsSpare === null || before === null;
    spares.set(base, unbounded ? null : load.hlsSpare! + (before ?? 0));
  }
  const places = [...spares].map(([base, spare]) => ({ base, spare }));
  return ownPlaces(space.id, places, listeners).map(({ base, spare }) => ({
    tier: "hls",
    url: base + hlsPath(space.id as SpaceId),
    protocol: "hls",
    spare,
  }));
}

/** At most `count`, drawn one after the other by their weight; those without room never. */
function drawn(tiers: readonly ListenTier[], count: number, random: () => number): ListenTier[] {
  const left = [...tiers];
  const order: ListenTier[] = [];
  // What takes as many as come must not drown the others: it is drawn as if it had plenty.
  const weightOf = ({ spare }: ListenTier) => spare ?? 1_000_000;
  while (order.length < count) {
    const next = pickWeighted(left, weightOf, random());
    if (next === undefined) break;
    left.splice(left.indexOf(next), 1);
    order.push(next);
  }
  return order;
}
