import {
  ChunkWatch,
  type ListenTier,
  type PlaceNotes,
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
  /** Whether it says that it is one beside another. */
  readonly isSecond: boolean;
}

/**
 * Says when a listener whose edge is late tries another one beside it, and where: as the SDK does
 * (packages/client/src/listener/connection/second-link.ts), with no timer of its own.
 */
export class SecondTry {
  readonly #standsBy: () => boolean;
  readonly #watch = new ChunkWatch(USUAL_CADENCE_MS);
  readonly #pace = new SecondLinkPace();
  #lateAtMs = Number.POSITIVE_INFINITY;
  #left: readonly (string | undefined)[] = [];
  #joinMs = 0;
  /** When the next try is due, ms: all that is looked at many times a second. */
  #dueMs = Number.POSITIVE_INFINITY;

  /** @param standsBy whether a link waits at another edge */
  constructor(standsBy: () => boolean) {
    this.#standsBy = standsBy;
  }

  /** How long the link that there is took from its beginning to its first bytes, ms. */
  get joinMs(): number {
    return this.#joinMs;
  }

  /** The link that there is has brought its first bytes. */
  joined(joinMs: number): void {
    this.#joinMs = joinMs;
  }

  /** Whether the try goes on although this connection brings sound again. */
  get insists(): boolean {
    return this.#pace.insists;
  }

  /** Whether holding sound comes after voices. @param isHolding whether what comes next is that */
  turns(isHolding: boolean): boolean {
    return this.#pace.turns(isHolding);
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueMs;
  }

  cadence(cadenceMs: number, fromFrame: number): void {
    this.#watch.setCadence(cadenceMs, fromFrame);
    this.#wait();
  }

  /**
   * @param live false for sound from before the connection began
   * @param isHolding whether it begins with holding sound
   */
  arrived(lastFrame: number, nowMs: number, live: boolean, isHolding: boolean): void {
    this.#watch.arrived(lastFrame, nowMs, live);
    this.#left = [];
    const fillsIn = this.#pace.heard(isHolding, this.#watch.lateMs);
    this.#wait();
    if (fillsIn && this.#standsBy()) this.#dueMs = nowMs;
  }

  /** A try had sound first. */
  won(): void {
    this.#pace.won();
  }

  /** The edge that was tried said at once that it has nothing to spare. */
  refused(): void {
    this.#pace.refused();
  }

  #wait(): void {
    const standsBy = this.#standsBy();
    this.#lateAtMs = this.#watch.lateAtMs(Math.random(), standsBy);
    this.#dueMs = this.#pace.fromMs(this.#lateAtMs, standsBy);
  }

  /** Another connection begins to be the one. @param joinMs how long it took to its first bytes */
  begin(joinMs = this.#joinMs): void {
    this.#watch.begin();
    [this.#left, this.#dueMs, this.#joinMs] = [[], Number.POSITIVE_INFINITY, joinMs];
  }

  /**
   * @param notes where a link waits, and where one came to nothing
   * @returns the try that is due; undefined: there is nowhere to go
   */
  next(
    nowMs: number,
    tiers: readonly ListenTier[],
    whereabouts: { isHere(url: string): boolean },
    notes: PlaceNotes,
  ): Try | undefined {
    if (this.#left.length === 0) {
      this.#pace.begin(nowMs, Math.random());
      const isHere = (url: string) => whereabouts.isHere(url);
      // Who has had nothing for so long that one row was in vain goes wherever there may be something.
      const { standsAt } = notes;
      const known = this.#pace.isReturn ? { standsAt } : notes;
      this.#left = secondPlaces(tiers, isHere, Math.random, known);
      this.#dueMs = this.#pace.fromMs(this.#lateAtMs);
      if (this.#left.length === 0) return undefined;
    }
    const [place, ...left] = this.#left;
    this.#left = left;
    const isLast = left.length === 0;
    // The next of the row comes when this one has failed, the next row after a rest.
    this.#dueMs = isLast ? this.#pace.fromMs(this.#lateAtMs) : nowMs;
    const patienceMs = secondPatienceMs(this.#joinMs, isLast);
    return { place, patienceMs, isSecond: !this.#pace.isReturn };
  }
}
