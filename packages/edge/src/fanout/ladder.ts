import { BOUNDS } from "../bounds.ts";
import type { Listener } from "./crowd.ts";

/**
 * WebSocket listeners that the edge itself has put on the thin rendition, because they didn't
 * follow or because its line was full; and when they may come back. Who falls again waits twice as
 * long each time.
 */
export class Ladder {
  readonly #down = new Map<Listener, { sinceMs: number; readonly patienceMs: number }>();
  readonly #patienceMs = new WeakMap<Listener, number>();
  readonly #onUp: (listener: Listener) => void;
  #lookedAtMs = 0;

  /** @param onUp called for who may have the full rendition again */
  constructor(onUp: (listener: Listener) => void) {
    this.#onUp = onUp;
  }

  /** How many are on the thin rendition that didn't ask for it. */
  get size(): number {
    return this.#down.size;
  }

  put(listener: Listener, nowMs: number): void {
    const before = this.#patienceMs.get(listener) ?? BOUNDS.thinMs / 2;
    const patienceMs = Math.min(2 * before, BOUNDS.thinLimitMs);
    this.#patienceMs.set(listener, patienceMs);
    this.#down.set(listener, { sinceMs: nowMs, patienceMs });
  }

  remove(listener: Listener): void {
    this.#down.delete(listener);
  }

  /** @param mayRise false while the edge's line has no room for more */
  beat(nowMs: number, mayRise: boolean): void {
    if (nowMs - this.#lookedAtMs < BOUNDS.ladderMs) return;
    this.#lookedAtMs = nowMs;
    let left: number = BOUNDS.risersAtOnce;
    for (const [listener, state] of this.#down) {
      if (listener.stuckSinceMs !== 0) state.sinceMs = nowMs;
      else if (mayRise && left > 0 && nowMs - state.sinceMs >= state.patienceMs) {
        left -= 1;
        this.#down.delete(listener);
        this.#onUp(listener);
      }
    }
  }
}
