import { marginMs } from "./margin.ts";

/** A connection takes so many times as long as the one before it, where its edge has a crowd to let in. */
const JOINS = 2;
/** Nobody waits longer than this, ms: an edge lets in thousands meanwhile. */
const LONGEST_MS = 500;
/**
 * Of what somebody has more than that, so much is waited for: the rest is for an edge that takes its time. A
 * range, because long chunks of all listeners come within a part of the cadence, and then all have as much left.
 */
const [LEAST_SHARE, MOST_SHARE] = [0.35, 0.7];
/** Over a link in waiting it is a message and its answer, no connection; so more of what there is can be waited for. */
const MESSAGES = 1;
const [LEAST_SHARE_OF_STANDBY, MOST_SHARE_OF_STANDBY] = [0.6, 1];
/** Those who have nothing to spare don't come back at the same moment, either, ms. */
const SPREAD_MS = 20;

/** What a listener knows whose connection has just broken. */
export interface BrokenWay {
  /** How much sound a chunk held, ms. */
  readonly cadenceMs: number;
  /** How long ago the last new frame came, ms. */
  readonly sinceMs: number;
  /** How long that connection took from its beginning to the first word, ms. */
  readonly joinMs: number;
  /** Whether another one stands by. */
  readonly standsBy?: boolean;
}

/**
 * How long a listener waits, whose connection broke without a word, before it comes back, ms. Thousands
 * lose the same edge in one instant, and the next one lets them in one after the other: who has least
 * sound left comes first, the others use up part of what they have more. Where connections take long
 * anyway, or the last chunk was late, nobody waits.
 * @param random 0 (inclusive) to 1 (exclusive)
 */
export function comeBackMs(way: BrokenWay, random: number): number {
  const { cadenceMs, sinceMs, joinMs, standsBy = false } = way;
  const leftMs = cadenceMs - sinceMs + marginMs(cadenceMs);
  const neededMs = Math.max(marginMs(cadenceMs), (standsBy ? MESSAGES : JOINS) * joinMs);
  const spareMs = Math.min(LONGEST_MS, Math.max(0, leftMs - neededMs));
  const least = standsBy ? LEAST_SHARE_OF_STANDBY : LEAST_SHARE;
  const most = standsBy ? MOST_SHARE_OF_STANDBY : MOST_SHARE;
  const share = least + random * (most - least);
  return spareMs * share + random * SPREAD_MS;
}
