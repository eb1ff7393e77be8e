import { FRAME_MS, LIMITS, type ProgramFrame } from "@rostra/wire";

/** A gap up to this is filled from the edge's ring; what was missed before that nobody has. */
const RESUME_MS = LIMITS.ringFrames * FRAME_MS;

/** Frames that nobody had yet, one at least. */
export interface NewFrames {
  readonly frames: readonly ProgramFrame[];
  /** Number of the newest. */
  readonly last: number;
  /** False for sound from before the link began. */
  readonly live: boolean;
}

/** Which frames have come, whichever link brought them, and which is wanted next. */
export class ArrivedFrames {
  #last: number | null = null;
  #lastAtMs = 0;
  /** Newest frame that there was as the link began: up to it, sound comes late. */
  #pastUpTo = Number.POSITIVE_INFINITY;

  /** Newest frame since sound was asked for; null for none. */
  get last(): number | null {
    return this.#last;
  }

  /** When it came, or sound was asked for, ms. */
  get lastAtMs(): number {
    return this.#lastAtMs;
  }

  /** @param from number of the first frame that is wanted; null: sound starts at live */
  startAt(from: number | null, nowMs: number): void {
    this.#last = from === null ? null : from - 1;
    this.#lastAtMs = nowMs;
  }

  /** Another link begins: what is live to it is known once it has said so. */
  begin(): void {
    this.#pastUpTo = Number.POSITIVE_INFINITY;
  }

  /** @param latestFrame as the edge had it when the link began */
  welcome(latestFrame: number | null): void {
    this.#pastUpTo = latestFrame ?? -1;
  }

  /** @returns number of the frame to ask a new link for; null: none, sound starts at live */
  wanted(nowMs: number): number | null {
    return this.#last !== null && nowMs - this.#lastAtMs <= RESUME_MS ? this.#last + 1 : null;
  }

  /** @returns without what was here already: two links overlap for a moment; undefined: nothing is left */
  take(came: readonly ProgramFrame[], nowMs: number): NewFrames | undefined {
    const before = this.#last ?? -1;
    const frames = came.filter(({ number }) => number > before);
    const last = frames.at(-1)?.number;
    if (last === undefined) return undefined;
    [this.#last, this.#lastAtMs] = [last, nowMs];
    return { frames, last, live: last > this.#pastUpTo };
  }
}
