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
/**
 * The same where a link waits elsewhere, ms, for each incident of the last minute, and at most: to ask costs a message.
 * That is before an edge that hears no stage any more fills in by itself, which sounds like a link that is alive.
 */
const [DEAD_AFTER_BY_STANDBY_MS, MOST_DEAD_AFTER_BY_STANDBY_MS] = [50, 100];
/**
 * Holding sound that comes so much later than chunks used to, ms, is an edge's own, which fills in for frames that are 400 ms
 * behind the clock; what a stage makes comes in time.
 */
const FILLED_IN_MS = 250;
const REFUSED_SHARE = 0.5;
/** Late again within this time, ms, a link isn't what it was. */
const AGAIN_MS = 10_000;
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
  #insists = false;
  /** When the last row began that nobody had more sound by, ms. */
  #inVainMs = Number.NEGATIVE_INFINITY;
  #isHolding = false;
  /** Whether the first link was late with voices and then brought holding sound. */
  #hasTurned = false;

  /**
   * Whether the row that there is goes as a return, without `second=1`: the one before it had nobody more sound
   * either, and an edge that is late refuses second links for as long as it is.
   */
  get isReturn(): boolean {
    return this.#rows > 1;
  }

  /**
   * Whether the row that there is goes on although the first link brings sound again: it is the second within
   * seconds, and packets that get lost on the way there will be lost again; or what it brings is holding sound all of a
   * sudden, which is what an edge has that hears no stage any more.
   */
  get insists(): boolean {
    return this.#insists || this.#hasTurned;
  }

  /** Whether holding sound comes after voices. @param isHolding whether what comes next is that */
  turns(isHolding: boolean): boolean {
    return isHolding && !this.#isHolding;
  }

  /**
   * New sound came by the link that there is.
   * @param isHolding whether it begins with holding sound
   * @param lateMs how much later than chunks used to
   * @returns whether its edge has begun to fill in by itself before it was late: a link that waits is asked now
   */
  heard(isHolding = false, lateMs = 0): boolean {
    const turns = this.turns(isHolding);
    const fillsIn = turns && this.#rows === 0 && lateMs >= FILLED_IN_MS;
    this.#hasTurned = isHolding && (this.#hasTurned || fillsIn || (turns && this.#rows > 0));
    [this.#isHolding, this.#rows] = [isHolding, 0];
    return fillsIn;
  }

  /**
   * From when on another edge may be tried, ms.
   * @param lateAtMs when the next chunk is late
   * @param standsBy whether a link waits at another edge
   */
  fromMs(lateAtMs: number, standsBy = false): number {
    const byStandbyMs = Math.ceil(this.#incidents) * DEAD_AFTER_BY_STANDBY_MS;
    const afterMs = standsBy ? Math.min(MOST_DEAD_AFTER_BY_STANDBY_MS, byStandbyMs) : DEAD_AFTER_MS;
    const deadAtMs = this.#rows > 0 ? Number.POSITIVE_INFINITY : lateAtMs + afterMs;
    return Math.max(lateAtMs, Math.min(this.#notBeforeMs, deadAtMs));
  }

  /** An incident begins: up to three tries, one after the other. @param random 0 to 1 */
  begin(nowMs: number, random: number): void {
    if (nowMs - this.#lastMs >= CALM_MS) this.#incidents = 0;
    this.#insists = this.#rows === 0 && nowMs - this.#inVainMs < AGAIN_MS;
    this.#inVainMs = nowMs;
    const inVain = Math.max(this.#incidents, this.#rows);
    const restMs = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** inVain);
    this.#incidents += 1;
    this.#rows += 1;
    this.#lastMs = nowMs;
    this.#notBeforeMs = nowMs + restMs * (0.5 + random / 2);
  }

  /** Another edge had sound first: it was worth it, and is no reason to wait longer the next time. */
  won(): void {
    [this.#insists, this.#hasTurned] = [false, false];
    this.#inVainMs = Number.NEGATIVE_INFINITY;
    this.#incidents = Math.max(0, this.#incidents - 1);
  }

  /** The other edge refused at once, which costs it little: that counts for half. */
  refused(): void {
    this.#incidents = Math.max(0, this.#incidents - REFUSED_SHARE);
  }
}

/** How long an answer of where there is room is good for, ms. */
const ANSWER_KEPT_MS = 300_000;
/** The same for one that names nobody else: an edge that has just begun, or lost sight of the others, doesn't know. */
const NOBODY_KEPT_MS = 60_000;

/**
 * When to ask again where there is room, ms from the answer.
 * @param known how many places it names
 * @param inARow how many answers before it named nobody else either
 * @param random 0 (inclusive) to 1 (exclusive)
 */
export function askAgainMs(known: number, inARow: number, random: number): number {
  const keptMs =
    known > 1 ? ANSWER_KEPT_MS : Math.min(ANSWER_KEPT_MS, NOBODY_KEPT_MS * 2 ** inARow);
  return keptMs * (1 + random);
}

/** A place that was named is known for so long, ms, whatever the answers since then say. */
const KNOWN_MS = 60_000;

/**
 * Where there is room, by the last two answers and those of the last minute: an edge that has just lost sight of the others,
 * or has just begun, and says so more than once, mustn't leave a listener without a place to go to.
 */
export class KnownPlaces {
  #places: readonly { readonly tier: ListenTier; readonly atMs: number }[] = [];
  /** When the answer before was given, ms. */
  #beforeMs = Number.NEGATIVE_INFINITY;
  /** The latest answer's first. Put together here: a crowd looks at it all the time. */
  tiers: readonly ListenTier[] = [];

  /** @param nowMs of any clock that never goes back */
  add(tiers: readonly ListenTier[], nowMs: number): void {
    const urls = new Set(tiers.map(({ url }) => url));
    const fromMs = Math.min(this.#beforeMs, nowMs - KNOWN_MS);
    const others = this.#places.filter(({ tier, atMs }) => !urls.has(tier.url) && atMs >= fromMs);
    this.#places = [...tiers.map((tier) => ({ tier, atMs: nowMs })), ...others];
    this.#beforeMs = nowMs;
    this.tiers = this.#places.map(({ tier }) => tier);
  }
}

/**
 * Where a link has just come to nothing no other one is tried for so long, ms: a process that died takes seconds to
 * begin anew, and its listeners make all others late meanwhile, with thousands of tries in vain if each were to look
 * for it.
 */
export const GONE_MS = 5_000;

/** What a listener knows of places besides where they are. */
export interface PlaceNotes {
  /** Where a link waits already: that comes first, whether or not there is room for others. */
  readonly standsAt?: string | undefined;
  /** Whether a link there came to nothing within {@link GONE_MS}. */
  readonly isGone?: (url: string) => boolean;
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
  { standsAt, isGone = () => false }: PlaceNotes = {},
): readonly (string | undefined)[] {
  const places = drawPlaces(tiers, isCurrent, isGone, random);
  if (standsAt === undefined) return places;
  return [standsAt, ...places.filter((place) => place !== standsAt)].slice(
    0,
    Math.max(1, places.length),
  );
}

function drawPlaces(
  tiers: readonly ListenTier[],
  isCurrent: (url: string) => boolean,
  isGone: (url: string) => boolean,
  random: () => number,
): readonly (string | undefined)[] {
  const others = tiers.filter(({ tier, url }) => tier === "live" && !isCurrent(url));
  if (others.length === 0) return new Array(SHARED_TRIES).fill(undefined);
  const left = others.filter(({ url }) => !isGone(url));
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
