import { CADENCE_NOTICE_MS } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";

/** Chunks of this length or more: what their frames may wait for each other is little against it, ms. */
const LONG_CADENCE_MS = 500;
/** A longer cadence is told so far ahead; the last chunks of the old length come a little later, ms. */
const IN_FORCE_AFTER_MS = CADENCE_NOTICE_MS + 1_000;
/**
 * Behind round numbers, frames that come each 200 ms keep the first two turns waiting for 0 and 60 ms. Only in
 * chunks of a second: those of half a second end at a round number each other time.
 */
const FEW_TURNS = 2;
const FEW_TURNS_CADENCE_MS = 1_000;

/** What an edge serves just now. */
export interface Served {
  /** As it was told to listeners last. */
  readonly cadenceMs: number;
  /** Moments in a cadence at which some of a single space's listeners get theirs; infinite with more spaces. */
  readonly turns: number;
  /** Players of HLS, whose parts are of 200 ms. */
  readonly hlsPlayers: number;
}

/** As the relay is asked: see `Relay.gatherFrames`. */
export interface Gathering {
  readonly withinMs: number;
  readonly phase: number;
}

/**
 * Whether frames may come together: where chunks are long anyway, and so that none leaves more than
 * 80 ms later. Pure: told what is, at each beat.
 */
export class Patience {
  readonly #gathering: Record<"none" | "few" | "many", Gathering>;
  #longSinceMs: number | undefined;

  /** @param order any number, best another one for each edge of a machine: they don't wake up together */
  constructor(order: number) {
    this.#gathering = {
      none: { withinMs: 0, phase: 0 },
      few: { withinMs: BOUNDS.gatherFewMs, phase: 0 },
      many: { withinMs: BOUNDS.gatherMs, phase: order },
    };
  }

  /** @returns the same object for as long as nothing changes */
  sample({ cadenceMs, turns, hlsPlayers }: Served, nowMs: number): Gathering {
    if (cadenceMs < LONG_CADENCE_MS) this.#longSinceMs = undefined;
    else this.#longSinceMs ??= nowMs;
    const { none, few, many } = this.#gathering;
    const isLong =
      this.#longSinceMs !== undefined && nowMs - this.#longSinceMs >= IN_FORCE_AFTER_MS;
    if (!isLong) return none;
    const isFew = turns <= FEW_TURNS && hlsPlayers === 0;
    return isFew && cadenceMs % FEW_TURNS_CADENCE_MS === 0 ? few : many;
  }
}
