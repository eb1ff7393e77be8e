import { pickWeighted } from "./choose-tier.ts";
import type { ListenTier } from "./listen.ts";

/** How often, and where, a listener whose edge is late tries another one. Shared by all that listen. */

/** After one incident, ms; twice as long after one that nobody had more sound by, and so on. */
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;
/**
 * A link that brings nothing for so long after its chunk was late is dead, ms: where a stage has died,
 * edges fill in after 400 ms, so that each link has something by then.
 */
const DEAD_AFTER_MS = 350;
const REFUSED_SHARE = 0.5;
/** Nothing late for this long: what was before counts no more. */
const CALM_MS = 60_000;
/** Bounds of what a try gets to its first sound, ms. */
const LEAST_PATIENCE_MS = 250;
const MOST_PATIENCE_MS = 2_000;
/** Tries of one incident, one after the other. */
const MAX_TRIES = 3;
/** How many there are where all edges share one address, and only luck meets another. */
const SHARED_TRIES = 2;

/**
 * Keeps a fleet that is slow as a whole from being slowed further by those who look for a faster edge:
 * each that was in vain makes a listener wait longer before the next. Nobody waits beside a link that is dead.
 */
export class SecondLinkPace {
  #incidents = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  /** Rows of tries since sound came last. */
  #rows = 0;

  /**
   * Whether the row that there is goes as a return, without `second=1`: the one before it had nobody more sound
   * either, and an edge that is late refuses second links for as long as it is.
   */
  get isReturn(): boolean {
    return this.#rows > 1;
  }

  /** New sound came by the link that there is. */
  heard(): void {
    this.#rows = 0;
  }

  /** From when on another edge may be tried, ms. @param lateAtMs when the next chunk is late */
  fromMs(lateAtMs: number): number {
    const deadAtMs = this.#rows > 0 ? Number.POSITIVE_INFINITY : lateAtMs + DEAD_AFTER_MS;
    return Math.max(lateAtMs, Math.min(this.#notBeforeMs, deadAtMs));
  }

  /** An incident begins: up to three tries, one after the other. @param random 0 to 1 */
  begin(nowMs: number, random: number): void {
    if (nowMs - this.#lastMs >= CALM_MS) this.#incidents = 0;
    const inVain = Math.max(this.#incidents, this.#rows);
    const restMs = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** inVain);
    this.#incidents += 1;
    this.#rows += 1;
    this.#lastMs = nowMs;
    this.#notBeforeMs = nowMs + restMs * (0.5 + random / 2);
  }

  /** Another edge had sound first: it was worth it, and is no reason to wait longer the next time. */
  won(): void {
    this.#incidents = Math.max(0, this.#incidents - 1);
  }

  /** The other edge refused at once, which costs it little: that counts for half. */
  refused(): void {
    this.#incidents = Math.max(0, this.#incidents - REFUSED_SHARE);
  }
}

/**
 * Where there is room, by the last two answers: an edge that has just lost sight of the others, and says
 * so, mustn't leave a listener without a place to go to.
 */
export class KnownPlaces {
  #now: readonly ListenTier[] = [];
  /** Put together here: a crowd looks at it all the time. */
  tiers: readonly ListenTier[] = [];

  add(tiers: readonly ListenTier[]): void {
    const urls = new Set(tiers.map(({ url }) => url));
    this.tiers = [...tiers, ...this.#now.filter(({ url }) => !urls.has(url))];
    this.#now = tiers;
  }
}

/**
 * Where the tries of one incident go, in turn: edges with room, drawn by it, none of them twice.
 * Where all edges share the address, a new connection may still meet another process: it is tried twice.
 * @param isCurrent whether an address is the one that fell silent
 * @param random 0 (inclusive) to 1 (exclusive), asked once for each try
 * @returns undefined stands for the address that there is
 */
export function secondPlaces(
  tiers: readonly ListenTier[],
  isCurrent: (url: string) => boolean,
  random: () => number,
): readonly (string | undefined)[] {
  const left = tiers.filter(({ tier, url }) => tier === "live" && !isCurrent(url));
  if (left.length === 0) return new Array(SHARED_TRIES).fill(undefined);
  const places: string[] = [];
  while (places.length < MAX_TRIES) {
    const next = pickWeighted(left, ({ spare }) => spare ?? 1, random());
    if (next === undefined) break;
    left.splice(left.indexOf(next), 1);
    places.push(next.url);
  }
  return places;
}

/**
 * What a try gets, ms: as long as the link before it took, twice, within bounds. The last one has nothing
 * to make way for.
 * @param joinMs how long the link before took from its beginning to the first word
 */
export function secondPatienceMs(joinMs: number, isLast: boolean): number {
  if (isLast) return MOST_PATIENCE_MS;
  return Math.min(MOST_PATIENCE_MS, Math.max(LEAST_PATIENCE_MS, 2 * joinMs));
}
