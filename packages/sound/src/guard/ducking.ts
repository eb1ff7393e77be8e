import { FRAME_MS } from "@rostra/wire";

export interface DuckingOptions {
  /** How far down, dB: below 0. */
  readonly depthDb: number;
  /** How fast the gain comes back, dB a second. */
  readonly releaseDbPerSecond: number;
  /** How long after the last sign of trouble the gain begins to come back, ms. Default 0. */
  readonly holdMs?: number;
  /** How far under the gain at which trouble came back the gain stays from then on, dB. Default 0. */
  readonly marginDb?: number;
}

const ATTACK_MS = 30;
/** Trouble that is back this soon after a release was let go too early. */
const RELAPSE_MS = 10_000;
const LONGEST_HOLD_MS = 4_000;
/** How long a ceiling stays before it rises, and how fast it then does. */
const CEILING_MS = 10_000;
const LONGEST_CEILING_MS = 160_000;
const CEILING_DB_PER_SECOND = 1;

/**
 * A gain that goes down while there is trouble (30 ms for all of it) and comes back when it is
 * over. Coming back is a probe: where trouble returns with the gain, each next wait is twice as
 * long, and the gain comes back less far. A loop that howls at one gain is silent 6 dB under it,
 * so its owner is heard, if more softly, and doesn't howl again. The ceiling rises slowly, later
 * after each relapse: the loudspeaker may have been turned down meanwhile.
 */
export class Ducking {
  readonly #options: Required<DuckingOptions>;
  #db = 0;
  #ceilingDb = 0;
  #ceilingMs = CEILING_MS;
  #holdMs: number;
  #quietMs = Number.POSITIVE_INFINITY;
  #isTroubled = false;

  constructor(options: DuckingOptions) {
    this.#options = { holdMs: 0, marginDb: 0, ...options };
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
      return;
    }
    if (this.#ceilingDb < 0) this.#raiseCeiling();
    const step = (releaseDbPerSecond * FRAME_MS) / 1000;
    this.#db = Math.min(this.#ceilingDb, this.#db + step);
  }

  #begin(): void {
    const { holdMs, marginDb, depthDb } = this.#options;
    const isRelapse = this.#ceilingDb < 0 || this.#quietMs < this.#holdMs + RELAPSE_MS;
    this.#holdMs = isRelapse ? Math.min(LONGEST_HOLD_MS, 2 * this.#holdMs) : holdMs;
    if (!isRelapse || marginDb === 0) return;
    if (this.#ceilingDb < 0) this.#ceilingMs = Math.min(LONGEST_CEILING_MS, 2 * this.#ceilingMs);
    this.#ceilingDb = Math.max(depthDb, this.#db - marginDb);
  }

  #raiseCeiling(): void {
    if (this.#quietMs < this.#ceilingMs) return;
    this.#ceilingDb = Math.min(0, this.#ceilingDb + (CEILING_DB_PER_SECOND * FRAME_MS) / 1000);
    if (this.#ceilingDb === 0) this.#ceilingMs = CEILING_MS;
  }

  reset(): void {
    this.#db = 0;
    this.#ceilingDb = 0;
    this.#ceilingMs = CEILING_MS;
    this.#holdMs = this.#options.holdMs;
    this.#quietMs = Number.POSITIVE_INFINITY;
    this.#isTroubled = false;
  }
}
