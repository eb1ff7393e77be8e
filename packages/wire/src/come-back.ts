import { reserveMs } from "./reserve.ts";

/** What players keep for the unexpected at the shortest chunks, ms; longer ones come with a reserve. */
const MARGIN_MS = 100;
/** A connection takes so many times as long as the one before it, where its edge has a crowd to let in. */
const JOINS = 2;
/** Nobody waits longer than this, ms: an edge lets in thousands meanwhile. */
const LONGEST_MS = 500;
/** What is left of the time until sound must be there, after the wait. */
const KEPT_SHARE = 0.3;
/** Those whose chunks come at the same moment don't come back at the same moment, ms. */
const SPREAD_MS = 20;

/** What a listener knows whose connection has just broken. */
export interface BrokenWay {
  /** How much sound a chunk held, ms. */
  readonly cadenceMs: number;
  /** How long ago the last new frame came, ms. */
  readonly sinceMs: number;
  /** How long that connection took from its beginning to the first word, ms. */
  readonly joinMs: number;
}

/**
 * How long a listener waits, whose connection broke without a word, before it comes back, ms. Thousands
 * lose the same edge in one instant, and the next one lets them in one after the other: who has least
 * sound left comes first, the others use up part of what they have more. Where connections take long
 * anyway, or the last chunk was late, nobody waits.
 * @param random 0 (inclusive) to 1 (exclusive)
 */
export function comeBackMs({ cadenceMs, sinceMs, joinMs }: BrokenWay, random: number): number {
  const leftMs = cadenceMs - sinceMs + MARGIN_MS + reserveMs(cadenceMs);
  const neededMs = Math.max(MARGIN_MS + reserveMs(cadenceMs), JOINS * joinMs);
  const spareMs = Math.min(LONGEST_MS, Math.max(0, leftMs - neededMs));
  return spareMs * (1 - KEPT_SHARE) + random * SPREAD_MS;
}
