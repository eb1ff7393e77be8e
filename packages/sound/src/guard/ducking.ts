import { FRAME_MS } from "@rostra/wire";

export interface DuckingOptions {
  /** How far down, dB: below 0. */
  readonly depthDb: number;
  /** How fast the gain comes back, dB a second. */
  readonly releaseDbPerSecond: number;
  /** How long after the last sign of trouble the gain begins to come back, ms. Default 0. */
  readonly holdMs?: number;
}

const ATTACK_MS = 30;
/** Trouble that is back this soon after a release was let go too early. */
const RELAPSE_MS = 10_000;
const LONGEST_HOLD_MS = 16_000;

/**
 * A gain that goes down while there is trouble (30 ms for all of it) and comes back when it is
 * over. Coming back is a probe: trouble that returns with the gain makes each next wait twice as
 * long, so that a loop which can't be opened again isn't opened again and again.
 */
export class Ducking {
  readonly #options: Required<DuckingOptions>;
  #db = 0;
  #holdMs: number;
  #quietMs = Number.POSITIVE_INFINITY;
  #isTroubled = false;

  constructor(options: DuckingOptions) {
    this.#options = { holdMs: 0, ...options };
    this.#holdMs = this.#options.holdMs;
  }

  /** The gain, dB: `depthDb` to 0. */
  get db(): number {
    return this.#db;
  }

  /** From the first sign of trouble until the gain begins to come back. */
  get isActive(): boolean {
    return this.#isTroubled || this.#quietMs < this.#holdMs;
  }

  /** One frame on. @param trouble whether there is any in this frame */
  advance(trouble: boolean): void {
    if (trouble && !this.isActive) this.#begin();
    this.#isTroubled = trouble;
    this.#quietMs = trouble ? 0 : this.#quietMs + FRAME_MS;
    const { depthDb, releaseDbPerSecond } = this.#options;
    if (this.isActive) {
      this.#db = Math.max(depthDb, this.#db + (depthDb * FRAME_MS) / ATTACK_MS);
    } else {
      this.#db = Math.min(0, this.#db + (releaseDbPerSecond * FRAME_MS) / 1000);
    }
  }

  #begin(): void {
    const isRelapse = this.#quietMs < this.#holdMs + RELAPSE_MS;
    this.#holdMs = isRelapse ? Math.min(LONGEST_HOLD_MS, 2 * this.#holdMs) : this.#options.holdMs;
  }

  reset(): void {
    this.#db = 0;
    this.#holdMs = this.#options.holdMs;
    this.#quietMs = Number.POSITIVE_INFINITY;
    this.#isTroubled = false;
  }
}
