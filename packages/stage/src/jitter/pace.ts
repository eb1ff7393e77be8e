/** What the next piece of sound should become. `force`: even where it may be heard. */
export type PaceStep = "keep" | "shorten" | "lengthen";

/** A delay within this of the target is good; less would mean work for nothing. */
const OVER_MS = 15;
const UNDER_MS = -8;
/** Half a second too long is no accident: a burst drains by itself in less. */
const OVER_TICKS = 25;
/** Too short is dangerous at once. */
const UNDER_TICKS = 3;
/** Between two steps, so that what is heard stays natural: at most about a sixth faster. */
const REST_TICKS = 4;
/** Less than this no wave is cut off for: it is more than the shortest that can be. */
const FOLLOW_MS = 3;
/** From here on a seam that may be heard is better than the delay. */
const FORCE_MS = 60;

/**
 * Keeps the delay of a speaker near its target: against the drift of clocks, and after bursts.
 * Asked once per tick.
 */
export class Pace {
  #overTicks = 0;
  #underTicks = 0;
  #restTicks = 0;
  #step: PaceStep = "keep";

  /** @param excessMs how much longer than the target sound waits now; negative for shorter */
  update(excessMs: number): PaceStep {
    this.#overTicks = excessMs > OVER_MS ? this.#overTicks + 1 : 0;
    this.#underTicks = excessMs < UNDER_MS ? this.#underTicks + 1 : 0;
    if (this.#overTicks >= OVER_TICKS) this.#step = "shorten";
    else if (this.#underTicks >= UNDER_TICKS) this.#step = "lengthen";
    // A correction goes on until it is done, not only until it is tolerable.
    if (this.#step === "shorten" && excessMs < OVER_MS / 3) this.#step = "keep";
    if (this.#step === "lengthen" && excessMs > UNDER_MS / 3) this.#step = "keep";
    this.#restTicks = Math.max(0, this.#restTicks - 1);
    return this.#restTicks > 0 ? "keep" : this.#step;
  }

  /**
   * The same where the place of the sound is given, to the sample: at once, and as far as cutting and
   * repeating waves can bring it there.
   */
  follow(excessMs: number): PaceStep {
    [this.#step, this.#overTicks, this.#underTicks] = ["keep", 0, 0];
    this.#restTicks = Math.max(0, this.#restTicks - 1);
    if (this.#restTicks > 0 || Math.abs(excessMs) < FOLLOW_MS) return "keep";
    return excessMs > 0 ? "shorten" : "lengthen";
  }

  /** Whether the delay is so wrong that it may be heard being corrected. */
  static mustForce(excessMs: number): boolean {
    return Math.abs(excessMs) > FORCE_MS;
  }

  /**
   * Tells that a packet came too late: the delay was too short just now, however long it looks.
   * Who is shortening it stops, or would take off again and again what lateness adds.
   */
  late(): void {
    this.#overTicks = 0;
    if (this.#step === "shorten") this.#step = "keep";
  }

  /** Tells that a step was made. */
  rest(): void {
    this.#restTicks = REST_TICKS;
  }
}
