import { FRAMES_PER_SECOND } from "@rostra/wire";

/** A program below this is silent, as far as nobody's voice is recognised in it. */
const SILENT_MEAN_SQUARE = 10 ** (-50 / 10);
/** Loudness is judged over 400 ms (the momentary loudness of EBU Tech 3341): a click is no sound. */
const WINDOW_FRAMES = 20;
/** The hosts hear of it after this share of the time, and can still prevent it. */
const WARN_AT = 5 / 8;

/** One frame of what the program's voices come to. */
export interface ProgramMoment {
  /** Whether silence counts now: the space is live, and somebody is there to be heard. */
  readonly isWatched: boolean;
  /** Silence of this long is dead air, seconds; 0: never. */
  readonly deadAirSeconds: number;
  /** Whether anybody on air is recognised as speaking. */
  readonly isSpoken: boolean;
  /** Of the voices' sum, 1 for a full-scale square wave. */
  readonly meanSquare: number;
}

/**
 * Notices that a live program has been silent for too long. Slow to say so, and done with it in the
 * very frame that isn't silent any more: the first word must not meet a closed door.
 */
export class DeadAir {
  readonly #squares = new Float64Array(WINDOW_FRAMES);
  #at = 0;
  #silentFrames = 0;
  #isWarned = false;
  #isDead = false;

  /** The hosts should know. */
  get isWarned(): boolean {
    return this.#isWarned;
  }

  /** The holding sound should play. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** One frame on. */
  advance(moment: ProgramMoment): void {
    this.#squares[this.#at] = moment.meanSquare;
    this.#at = (this.#at + 1) % WINDOW_FRAMES;
    const isOn = moment.isWatched && moment.deadAirSeconds > 0;
    this.#silentFrames = isOn && this.#isSilent(moment) ? this.#silentFrames + 1 : 0;
    const limit = moment.deadAirSeconds * FRAMES_PER_SECOND;
    this.#isWarned = isOn && this.#silentFrames >= limit * WARN_AT;
    this.#isDead = isOn && this.#silentFrames >= limit;
  }

  /** Waking goes by the single frame, falling asleep by the window. */
  #isSilent(moment: ProgramMoment): boolean {
    if (moment.isSpoken) return false;
    if (this.#isDead) return moment.meanSquare < SILENT_MEAN_SQUARE;
    let sum = 0;
    for (const square of this.#squares) sum += square;
    return sum / WINDOW_FRAMES < SILENT_MEAN_SQUARE;
  }
}
