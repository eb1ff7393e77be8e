import { CADENCE_NOTICE_MS } from "@rostra/wire";

/** Chunks of this length or more: what their frames may wait for each other is little against it, ms. */
const LONG_CADENCE_MS = 500;
/** A longer cadence is told so far ahead; the last chunks of the old length come a little later, ms. */
const IN_FORCE_AFTER_MS = CADENCE_NOTICE_MS + 1_000;

/** Whether frames may come together: where chunks are long anyway. Pure: told what is, at each beat. */
export class Patience {
  #longSinceMs: number | undefined;

  /** @param cadenceMs as it was told to listeners last */
  sample(cadenceMs: number, nowMs: number): boolean {
    if (cadenceMs < LONG_CADENCE_MS) this.#longSinceMs = undefined;
    else this.#longSinceMs ??= nowMs;
    return this.#longSinceMs !== undefined && nowMs - this.#longSinceMs >= IN_FORCE_AFTER_MS;
  }
}
