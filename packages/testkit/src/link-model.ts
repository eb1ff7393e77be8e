/** How packets get lost. */
export type Loss =
  /** Each by itself (Bernoulli). */
  | { readonly kind: "random"; readonly share: number }
  /**
   * In bursts: a good state that loses nothing and a bad one that loses all, with this share of
   * packets in the bad one and bursts of this mean length. E. N. Gilbert, "Capacity of a Burst-Noise
   * Channel", Bell System Technical Journal 39(5), 1960.
   */
  | { readonly kind: "bursts"; readonly share: number; readonly meanPackets: number };

/** What a way through the network does to packets; what is left out does nothing. */
export interface LinkConditions {
  /** Delay of each packet, ms. */
  readonly delayMs?: number;
  /** Each packet's delay is anywhere within this around `delayMs`, as `netem delay` has it, ms. */
  readonly jitterMs?: number;
  /** Whether packets overtake each other where their delays say so. Default true, as netem. */
  readonly overtaking?: boolean;
  readonly loss?: Loss;
  /** Share of packets that come twice, 0 to 1. */
  readonly duplicates?: number;
  /** Share of packets that skip the delay, and so overtake those before them, 0 to 1. */
  readonly reordered?: number;
}

/** Decides what becomes of each packet of one direction. The same seed decides the same. */
export class LinkModel {
  readonly #conditions: LinkConditions;
  readonly #random: () => number;
  #isBad = false;
  #lastArrivalMs = Number.NEGATIVE_INFINITY;

  constructor(conditions: LinkConditions, seed: number) {
    this.#conditions = conditions;
    this.#random = seededRandom(seed);
  }

  /** @returns when each copy of a packet sent at `nowMs` arrives; none where it is lost */
  carry(nowMs: number): number[] {
    const { duplicates = 0 } = this.#conditions;
    // Always as many random numbers a packet, so that changing one condition changes nothing else.
    const isLost = this.#isLost();
    const arrivals = [this.#arrivalMs(nowMs)];
    const again = this.#arrivalMs(nowMs);
    if (this.#random() < duplicates) arrivals.push(again);
    return isLost ? [] : arrivals;
  }

  #isLost(): boolean {
    const { loss } = this.#conditions;
    const chance = this.#random();
    if (loss === undefined) return false;
    if (loss.kind === "random") return chance < loss.share;
    const leaves = 1 / loss.meanPackets;
    const enters = (leaves * loss.share) / (1 - loss.share);
    this.#isBad = this.#isBad ? chance >= leaves : chance < enters;
    return this.#isBad;
  }

  #arrivalMs(nowMs: number): number {
    const { delayMs = 0, jitterMs = 0, overtaking = true, reordered = 0 } = this.#conditions;
    const extraMs = jitterMs * (2 * this.#random() - 1);
    const skips = this.#random() < reordered;
    const arrivalMs = nowMs + (skips ? 0 : Math.max(0, delayMs + extraMs));
    if (overtaking) return arrivalMs;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
    return this.#lastArrivalMs;
  }
}

/** Something that was sent, or arrived, at a time. */
export interface Timed<T> {
  readonly atMs: number;
  readonly datagram: T;
}

/** Carries packets in virtual time, without sockets. @returns them in order of arrival */
export function carryAll<T>(
  sent: readonly Timed<T>[],
  conditions: LinkConditions,
  seed: number,
): Timed<T>[] {
  const model = new LinkModel(conditions, seed);
  return sent
    .flatMap(({ atMs, datagram }) => model.carry(atMs).map((at) => ({ atMs: at, datagram })))
    .sort((a, b) => a.atMs - b.atMs);
}

/** Repeatable random numbers from 0 to 1 (mulberry32, public domain algorithm by T. Ettinger). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
