/** What a look at the lags found: see `LagSearch`. */
export interface Look {
  readonly score: number;
  readonly clarity: number;
  readonly lag: number;
}

/** Lags that are the same: 3 ms at 4 kHz, so that a clock may drift between two looks. */
export const SAME_LAG = 12;

/**
 * A peak that stands out so far, and stands alone, is an echo at once where the microphone's loudness
 * follows, too. Without any echo the highest of three hours of voices and music is about 11: two notes of
 * one pitch, for as long as they last, or of one reader. Those mostly have a row of peaks, one each period,
 * and loudness of its own. Real ones have 10 to 20, three to six times the next, within three looks.
 */
const SURE = { score: 9.5, clarity: 2.8, likeness: 0.7 };
/** Where loudness doesn't follow, as under the owner's own voice, it must have stood for so many looks. */
const SURE_LOOKS = 4;
/** One that stands out less alone is an echo if loudness follows closely. */
const FOLLOWED = { score: 9.6, clarity: 2.2, likeness: 0.9 };
/** A held vowel has a row of peaks, echo or not: there it counts that the highest stays, and is followed. */
const STAYING = { looks: 2, score: 7, likeness: 0.93 };
const RISING = { looks: 3, score: 8, likeness: 0.83 };
/** A lower one, as under the owner's own voice, must stay where it is for so many looks: 0.72 s. */
const LIKELY_SCORE = 7;
const LIKELY_LOOKS = 6;
/** Looks that count towards a row in which loudness follows. */
const ROW = { score: 5.5, likeness: 0.8 };

/** Weighs what one look after the other finds, until it is enough for an echo. Figures: decision 10. */
export class Evidence {
  #likelyLag = Number.NEGATIVE_INFINITY;
  #likelyLooks = 0;
  #rowLag = Number.NEGATIVE_INFINITY;
  /** Looks in a row at one lag, loudness following; of these those that hold for {@link STAYING}. */
  #row = 0;
  #staying = 0;
  #rising = 0;

  /**
   * @param likeness of the microphone's loudness with what was sent so much earlier, -1 to 1
   * @returns whether there is an echo of that lag
   */
  take({ score, clarity, lag }: Look, likeness: number): boolean {
    const isLikely = score >= LIKELY_SCORE && isSame(lag, this.#likelyLag);
    this.#likelyLooks = isLikely ? this.#likelyLooks + 1 : 1;
    this.#likelyLag = lag;
    this.#takeRow(score, lag, likeness);
    const isSure = score >= SURE.score && clarity >= SURE.clarity;
    return (
      (isSure && (likeness >= SURE.likeness || this.#likelyLooks >= SURE_LOOKS)) ||
      (score >= FOLLOWED.score && clarity >= FOLLOWED.clarity && likeness >= FOLLOWED.likeness) ||
      this.#staying >= STAYING.looks ||
      (this.#rising >= RISING.looks && score >= RISING.score) ||
      this.#likelyLooks >= LIKELY_LOOKS
    );
  }

  #takeRow(score: number, lag: number, likeness: number): void {
    const counts = score >= ROW.score && likeness >= ROW.likeness;
    this.#row = !counts ? 0 : isSame(lag, this.#rowLag) ? this.#row + 1 : 1;
    this.#rowLag = counts ? lag : Number.NEGATIVE_INFINITY;
    const isNew = this.#row <= 1;
    const stays = counts && score >= STAYING.score && likeness >= STAYING.likeness;
    this.#staying = stays ? (isNew ? 1 : this.#staying + 1) : 0;
    const rises = counts && likeness >= RISING.likeness;
    this.#rising = rises ? (isNew ? 1 : this.#rising + 1) : 0;
  }

  reset(): void {
    this.#likelyLooks = 0;
    this.#row = 0;
    this.#rowLag = Number.NEGATIVE_INFINITY;
    this.#staying = 0;
    this.#rising = 0;
  }
}

function isSame(lag: number, other: number): boolean {
  return Math.abs(lag - other) <= SAME_LAG;
}
