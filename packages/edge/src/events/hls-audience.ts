import { HyperLogLog } from "./hyperloglog.ts";

/** Half of the window that is told: who fetched something in the last 5 to 10 s is in it. */
const HALF_WINDOW_MS = 5_000;

/**
 * Who fetched a playlist or a part lately, by address and user agent. Without cookies players
 * behind one address with one browser are one; behind a cache nobody is seen at all.
 */
export class HlsAudience {
  #before = new HyperLogLog();
  #now = new HyperLogLog();
  #beganMs = 0;
  /** Fetches in both halves: without any there is nothing to tell. */
  #seenBefore = false;
  #seenNow = false;

  saw(address: string, userAgent: string, nowMs: number): void {
    this.turn(nowMs);
    this.#now.add(`${address}\n${userAgent}`);
    this.#seenNow = true;
  }

  /** Lets go of what is too old. */
  turn(nowMs: number): void {
    const halves = Math.floor((nowMs - this.#beganMs) / HALF_WINDOW_MS);
    if (halves <= 0) return;
    this.#beganMs += halves * HALF_WINDOW_MS;
    this.#before = halves === 1 ? this.#now : new HyperLogLog();
    this.#seenBefore = halves === 1 && this.#seenNow;
    this.#now = new HyperLogLog();
    this.#seenNow = false;
  }

  /** @returns the registers for the other edges; null where nobody fetched */
  sketch(): string | null {
    if (!this.#seenBefore && !this.#seenNow) return null;
    const both = new HyperLogLog();
    both.merge(this.#before);
    both.merge(this.#now);
    return both.toBase64();
  }
}

/** The union of edges' sketches: a player that fetched from two counts once. */
export function countHls(sketches: Iterable<string | null>): number {
  // Made at the first: most spaces have no such audience, and are asked each second.
  let union: HyperLogLog | undefined;
  for (const sketch of sketches) {
    const other = sketch === null ? undefined : HyperLogLog.fromBase64(sketch);
    if (other === undefined) continue;
    union ??= new HyperLogLog();
    union.merge(other);
  }
  return union?.count() ?? 0;
}
