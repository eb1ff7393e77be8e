import { systemClock } from "@rostra/wire";
import { Histogram } from "../stats/histogram.ts";

/** What a process knows of time: its own, the server's, and the space's. */
export class Pulse {
  /** When frame 0 of the space was, ms since 1970 on the server's clock. */
  readonly epochMs: number;
  /** Of steady listeners' chunks since it was cleared last: for the plot over time. */
  readonly delayMs = new Histogram();
  /** When the crowd began, ms since 1970 on our clock. */
  startMs = 0;
  #offsetMs: number;

  /** @param offsetMs server's clock less ours, as well as it's known */
  constructor(epochMs: number, offsetMs: number) {
    this.epochMs = epochMs;
    this.#offsetMs = offsetMs;
  }

  nowMs(): number {
    return systemClock.nowMs();
  }

  serverNowMs(nowMs: number): number {
    return nowMs + this.#offsetMs;
  }

  /**
   * A server's time is older when it gets here by however long it took: the largest difference seen
   * is the one nearest to the truth.
   */
  heardTime(serverTimeMs: number): void {
    this.#offsetMs = Math.max(this.#offsetMs, serverTimeMs - this.nowMs());
  }
}
