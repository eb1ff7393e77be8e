/** The steps that a cadence takes, ms of sound in a chunk. */
export const CADENCES_MS = [100, 200, 500, 1_000] as const;

/** A busy event loop asks for longer chunks above this share of its time. */
const LENGTHEN_ABOVE = 0.75;
/**
 * So does a process that comes this late to what is due, in the mean, ms, whatever holds it up: a machine
 * that is paused, a core that others have. An edge's own slices of writes take some 5 ms.
 */
const LENGTHEN_LATE_MS = 80;
/** Shorter chunks only where it comes less late than this, ms. */
const SHORTEN_LATE_MS = 20;
/** So does a machine this full, where this process writes so many chunks a second: a sixth of a core. */
const FULL_ABOVE = 0.35;
const MANY_WRITES = 10_000;
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
/** The same after chunks got shorter and lateness came back: doubles each time, up to this, ms. */
const SHORTEN_LATEST_MS = 16 * 60_000;
/** Lateness this soon after chunks got shorter came from that, ms. */
const REGRET_MS = 60_000;

/** How hard the process is pressed, of the last second. */
export interface Load {
  /** Share in which the event loop was busy, or would have been with a core of its own, 0 to 1. */
  readonly utilisation: number;
  /** How late it came to what was due, in the mean, ms. */
  readonly lateMs: number;
  /** Share of all the machine's cores that is in use, by whomever, 0 to 1. */
  readonly machine: number;
  /** Who get chunks from this process. */
  readonly listeners: number;
}

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
 * chunks, were all of the load writes, for 30 s without a break. The same holds for the machine, at 35%:
 * where several edges share its cores it is full before any of them is. Above that there is no room for the
 * moment in which the listeners of one that dies go over, and longer chunks leave each more sound until then. How late it would be with shorter
 * chunks can't be reckoned, only tried: each time that it was wrong it waits twice as long.
 */
export class CadencePolicy {
  #step = 0;
  #busySamples = 0;
  #urgentSamples = 0;
  #changedAtMs = Number.NEGATIVE_INFINITY;
  #roomSinceMs: number | undefined;
  #shortenedAtMs = Number.NEGATIVE_INFINITY;
  #shortenAfterMs = SHORTEN_AFTER_MS;

  get cadenceMs(): number {
    return CADENCES_MS[this.#step]!;
  }

  /** @returns undefined where all stays as it is */
  sample(load: Load, nowMs: number): CadenceChange | undefined {
    const { utilisation, lateMs } = load;
    const fills = load.machine > FULL_ABOVE && hasManyWrites(load, this.cadenceMs);
    const isBusy = utilisation > LENGTHEN_ABOVE || lateMs > LENGTHEN_LATE_MS || fills;
    this.#busySamples = isBusy ? this.#busySamples + 1 : 0;
    this.#urgentSamples = utilisation > URGENT_ABOVE ? this.#urgentSamples + 1 : 0;
    if (!this.#hasRoom(load) || lateMs > SHORTEN_LATE_MS) this.#roomSinceMs = undefined;
    else this.#roomSinceMs ??= nowMs;
    return this.#lengthened(nowMs) ?? this.#shortened(nowMs);
  }

  /** Whether the cadence one step shorter would do. */
  #hasRoom(load: Load): boolean {
    const shorterMs = CADENCES_MS[this.#step - 1];
    if (shorterMs === undefined) return false;
    const times = this.cadenceMs / shorterMs;
    const wouldFill = load.machine * times > FULL_ABOVE && hasManyWrites(load, shorterMs);
    return load.utilisation * times < SHORTEN_BELOW && !wouldFill;
  }

  #lengthened(nowMs: number): CadenceChange | undefined {
    if (this.#step === CADENCES_MS.length - 1) return undefined;
    const urgent = this.#urgentSamples >= URGENT_SAMPLES;
    const waited = nowMs - this.#changedAtMs >= LENGTHEN_AGAIN_MS;
    // In need, what was announced for later holds at once, and one step more.
    if (this.#busySamples < BUSY_SAMPLES || !(waited || urgent)) return undefined;
    const isRegretted = nowMs - this.#shortenedAtMs < REGRET_MS;
    const afterMs = isRegretted ? 2 * this.#shortenAfterMs : SHORTEN_AFTER_MS;
    this.#shortenAfterMs = Math.min(SHORTEN_LATEST_MS, afterMs);
    return this.#change(1, urgent, nowMs);
  }

  #shortened(nowMs: number): CadenceChange | undefined {
    if (this.#roomSinceMs === undefined) return undefined;
    if (nowMs - this.#roomSinceMs < this.#shortenAfterMs) return undefined;
    this.#shortenedAtMs = nowMs;
    return this.#change(-1, false, nowMs);
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

function hasManyWrites({ listeners }: Load, cadenceMs: number): boolean {
  return (listeners * 1_000) / cadenceMs > MANY_WRITES;
}
