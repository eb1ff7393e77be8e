/** Whoever isn't heard of for four beats is taken for gone by the others, ms (packages/relay/src/fleet/presence.ts). */
const STOOD_STILL_MS = 1_000;
/**
 * Connections of those who have gone elsewhere end when packets get through again, ms: TCP tries that less often the longer
 * it takes, and chunks that it can't get rid of end the rest.
 */
const SETTLES_MS = 5_000;

/**
 * Whether an edge has been apart from the others a moment ago, by a cable or because it stood still. Its listeners are with them
 * by then, and it doesn't know: were it to count them, the peak of an audience would be higher by all of them, for good.
 */
export class Apart {
  #beatMs = Number.NaN;
  #untilMs = Number.NEGATIVE_INFINITY;

  /** @param isReachable whether anything of the others can be heard */
  beat(nowMs: number, isReachable: boolean): void {
    if (!isReachable || nowMs - this.#beatMs > STOOD_STILL_MS) this.#untilMs = nowMs + SETTLES_MS;
    this.#beatMs = nowMs;
  }

  isApart(nowMs: number): boolean {
    return nowMs < this.#untilMs;
  }
}
