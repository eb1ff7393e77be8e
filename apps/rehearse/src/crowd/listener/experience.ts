import type { Tally } from "../stats/tally.ts";

/** Where a first sound came from. */
export interface FirstSoundPlace {
  /** Elsewhere than where it was asked for first. */
  readonly moved: boolean;
  /** By HLS instead of what was wanted. */
  readonly fellBack: boolean;
}

/** What a listener has been through so far, in times: from its first attempt to its longest silence. */
export class Experience {
  readonly #tally: Tally;
  #firstAttemptMs = -1;
  #told = false;
  #firstSoundMs = -1;
  #lastSoundMs = -1;
  #worstSilenceMs = 0;

  constructor(tally: Tally) {
    this.#tally = tally;
    tally.counts.planned += 1;
  }

  /** When it had its first sound, ms; -1 before that. */
  get firstSoundMs(): number {
    return this.#firstSoundMs;
  }

  /** When it had its last, ms; -1 before the first. */
  get lastSoundMs(): number {
    return this.#lastSoundMs;
  }

  attempted(nowMs: number): void {
    if (this.#firstAttemptMs >= 0) return;
    this.#firstAttemptMs = nowMs;
    this.#tally.counts.started += 1;
  }

  /** Where to go, or when to come back. */
  wasTold(nowMs: number): void {
    if (this.#told || this.#firstSoundMs >= 0) return;
    this.#told = true;
    this.#tally.counts.told += 1;
    this.#tally.counts.answered += 1;
    this.#tally.toldMs.add(nowMs - this.#firstAttemptMs);
  }

  /** @param startMs of the whole crowd */
  heardFirst(nowMs: number, startMs: number, { moved, fellBack }: FirstSoundPlace): void {
    const { counts, firstSoundMs, arrivedMs } = this.#tally;
    [this.#firstSoundMs, this.#lastSoundMs] = [nowMs, nowMs];
    counts.heard += 1;
    if (!this.#told) counts.answered += 1;
    if (moved) counts.moved += 1;
    if (fellBack) counts.fellBack += 1;
    firstSoundMs.add(nowMs - this.#firstAttemptMs);
    arrivedMs.add(nowMs - startMs);
  }

  heard(nowMs: number): void {
    this.#worstSilenceMs = Math.max(this.#worstSilenceMs, nowMs - this.#lastSoundMs);
    this.#lastSoundMs = nowMs;
  }

  /** How long it has been without sound, ms; 0 for who hasn't had any. */
  silenceMs(nowMs: number): number {
    return this.#lastSoundMs < 0 ? 0 : nowMs - this.#lastSoundMs;
  }

  /** It has gone for good. @param nowMs where it was there to the end: it had no sound until then */
  over(nowMs = this.#lastSoundMs): void {
    if (this.#lastSoundMs < 0) return;
    this.#tally.silenceMs.add(Math.max(this.#worstSilenceMs, this.silenceMs(nowMs)));
  }
}
