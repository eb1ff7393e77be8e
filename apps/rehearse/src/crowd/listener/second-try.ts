import {
  ChunkWatch,
  type ListenTier,
  SecondLinkPace,
  secondPatienceMs,
  secondPlaces,
} from "@rostra/wire";

const USUAL_CADENCE_MS = 100;

/** Where a try goes, and how long it may take. */
export interface Try {
  /** As `/listen` has it; undefined: the address that there is. */
  readonly place: string | undefined;
  readonly patienceMs: number;
}

/**
 * Says when a listener whose edge is late tries another one beside it, and where: as the SDK does
 * (packages/client/src/listener/connection/second-link.ts), with no timer of its own.
 */
export class SecondTry {
  readonly #watch = new ChunkWatch(USUAL_CADENCE_MS);
  readonly #pace = new SecondLinkPace();
  #lateAtMs = Number.POSITIVE_INFINITY;
  #left: readonly (string | undefined)[] = [];
  #joinMs = 0;

  cadence(cadenceMs: number, fromFrame: number): void {
    this.#watch.setCadence(cadenceMs, fromFrame);
    this.#lateAtMs = this.#watch.lateAtMs(Math.random());
  }

  /** @param live false for sound from before the connection began */
  arrived(lastFrame: number, nowMs: number, live: boolean): void {
    this.#watch.arrived(lastFrame, nowMs, live);
    this.#left = [];
    this.#lateAtMs = this.#watch.lateAtMs(Math.random());
  }

  /** A try had sound first. */
  won(): void {
    this.#pace.won();
  }

  /** Another connection begins to be the one. @param joinMs how long it took to its first bytes */
  begin(joinMs = this.#joinMs): void {
    this.#watch.begin();
    [this.#left, this.#lateAtMs, this.#joinMs] = [[], Number.POSITIVE_INFINITY, joinMs];
  }

  /** @returns the try that is due; undefined: none is */
  next(
    nowMs: number,
    tiers: readonly ListenTier[],
    isCurrent: (url: string) => boolean,
  ): Try | undefined {
    if (this.#left.length === 0) {
      if (nowMs < this.#lateAtMs || nowMs < this.#pace.notBeforeMs) return undefined;
      this.#pace.begin(nowMs, Math.random());
      this.#left = secondPlaces(tiers, isCurrent, Math.random);
      if (this.#left.length === 0) return undefined;
    }
    const [place, ...left] = this.#left;
    this.#left = left;
    return { place, patienceMs: secondPatienceMs(this.#joinMs, left.length === 0) };
  }
}
