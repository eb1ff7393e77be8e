/** The steps that a cadence takes, ms of sound in a chunk. */
export const CADENCES_MS = [100, 200, 500, 1_000] as const;

/** A busy event loop asks for longer chunks above this share of its time. */
const LENGTHEN_ABOVE = 0.75;
/** Above this there is need: no time for notice. */
const URGENT_ABOVE = 0.95;
/** Shorter chunks only where the loop would still be below this with them. */
const SHORTEN_BELOW = 0.55;
/** Samples in a row that a longer, and an urgently longer cadence takes; one a second. */
const BUSY_SAMPLES = 2;
const URGENT_SAMPLES = 3;
/** Between a change and the next that lengthens: the last has to take effect first, ms. */
const LENGTHEN_AGAIN_MS = 8_000;
/** How long the loop must have had room before chunks get shorter, ms. */
const SHORTEN_AFTER_MS = 30_000;

export interface CadenceChange {
  readonly cadenceMs: number;
  /** Listeners can't be given notice: the loop doesn't follow as it is. */
  readonly urgent: boolean;
}

/**
 * How long chunks are, by how busy the event loop is. Writing a chunk costs nearly the same
 * whatever its length, so an edge that makes them ten times longer carries nearly ten times as
 * many. Pure: told what is, says what to do. One sample a second.
 *
 * Hysteresis: it lengthens at 75%, and shortens only when 55% would not be reached with the shorter
 * chunks, were all of the load writes, for 30 s without a break.
 */
export class CadencePolicy {
  #step = 0;
  #busySamples = 0;
  #urgentSamples = 0;
  #changedAtMs = Number.NEGATIVE_INFINITY;
  #roomSinceMs: number | undefined;

  get cadenceMs(): number {
    return CADENCES_MS[this.#step]!;
  }

  /**
   * @param utilisation share of the last second in which the event loop was busy, 0 to 1
   * @returns undefined where all stays as it is
   */
  sample(utilisation: number, nowMs: number): CadenceChange | undefined {
    this.#busySamples = utilisation > LENGTHEN_ABOVE ? this.#busySamples + 1 : 0;
    this.#urgentSamples = utilisation > URGENT_ABOVE ? this.#urgentSamples + 1 : 0;
    if (!this.#hasRoom(utilisation)) this.#roomSinceMs = undefined;
    else this.#roomSinceMs ??= nowMs;
    return this.#lengthened(nowMs) ?? this.#shortened(nowMs);
  }

  /** Whether the cadence one step shorter would do. */
  #hasRoom(utilisation: number): boolean {
    const shorterMs = CADENCES_MS[this.#step - 1];
    return shorterMs !== undefined && utilisation * (this.cadenceMs / shorterMs) < SHORTEN_BELOW;
  }

  #lengthened(nowMs: number): CadenceChange | undefined {
    if (this.#step === CADENCES_MS.length - 1) return undefined;
    const urgent = this.#urgentSamples >= URGENT_SAMPLES;
    const waited = nowMs - this.#changedAtMs >= LENGTHEN_AGAIN_MS;
    // In need, what was announced for later holds at once, and one step more.
    if (this.#busySamples < BUSY_SAMPLES || !(waited || urgent)) return undefined;
    return this.#change(1, urgent, nowMs);
  }

  #shortened(nowMs: number): CadenceChange | undefined {
    if (this.#roomSinceMs === undefined) return undefined;
    return nowMs - this.#roomSinceMs < SHORTEN_AFTER_MS
      ? undefined
      : this.#change(-1, false, nowMs);
  }

  #change(by: 1 | -1, urgent: boolean, nowMs: number): CadenceChange {
    this.#step += by;
    this.#changedAtMs = nowMs;
    this.#busySamples = 0;
    this.#urgentSamples = 0;
    this.#roomSinceMs = undefined;
    return { cadenceMs: this.cadenceMs, urgent };
  }
}
