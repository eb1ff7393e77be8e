import { SAMPLE_RATE_HZ } from "@rostra/wire";

/** Loudness is compared in steps of this. */
export const STEP_MS = 10;
const STEP_SAMPLES = (SAMPLE_RATE_HZ / 1000) * STEP_MS;
/** Louder than this is a word. */
const WORD_RMS = 10 ** (-40 / 20);
/** Words stand apart by this; closer ones are taken together. */
const GAP_STEPS = 8;
const LEAST_STEPS = 8;
/** Compared with some of the silence around it. */
const MARGIN_STEPS = 4;

/** RMS of each 10 ms. */
export class Envelope {
  readonly #values: number[] = [];
  #energy = 0;
  #samples = 0;

  get values(): readonly number[] {
    return this.#values;
  }

  push(pcm: Float32Array): void {
    for (const sample of pcm) {
      this.#energy += sample * sample;
      this.#samples += 1;
      if (this.#samples < STEP_SAMPLES) continue;
      this.#values.push(Math.sqrt(this.#energy / STEP_SAMPLES));
      this.#energy = 0;
      this.#samples = 0;
    }
  }
}

/** Steps from `start` to before `end`. */
export interface Word {
  readonly start: number;
  readonly end: number;
}

/** The words, or groups of words, of a voice: what is loud between what isn't. */
export function wordsOf(envelope: readonly number[]): Word[] {
  const words: Word[] = [];
  let start = -1;
  let loudAt = -1;
  for (const [step, rms] of [
    ...envelope,
    ...Array.from({ length: GAP_STEPS }, () => 0),
  ].entries()) {
    if (rms > WORD_RMS) {
      if (start < 0) start = step;
      loudAt = step;
    } else if (start >= 0 && step - loudAt >= GAP_STEPS) {
      if (loudAt + 1 - start >= LEAST_STEPS) words.push({ start, end: loudAt + 1 });
      start = -1;
    }
  }
  return words;
}

/** Less like what was said than this, or softer than half, a word is lost. */
const ALIKE = 0.7;
const MOST_DIFFERENCE_DB = 3;

const MOST_GAP_STEPS = 4;

export interface WordFound {
  readonly isHeard: boolean;
  /** Correlation of its loudness over time with what was heard, at the best place. */
  readonly correlation: number;
  /** How much louder or softer it was heard, in dB. */
  readonly levelDb: number;
  /** How much later than `at`. */
  readonly lateMs: number;
}

/**
 * Looks for a word in what was heard. A jitter buffer may put a late packet's time into the middle
 * of it, up to 40 ms: it is whole all the same, so where it isn't found as it was said, it is
 * looked for with such a gap.
 * @param at step of `heard` at which it was said
 * @param withinSteps how much later it may come
 */
export function findWord(
  clean: readonly number[],
  word: Word,
  heard: readonly number[],
  at: number,
  withinSteps: number,
): WordFound {
  const piece = clean.slice(Math.max(0, word.start - MARGIN_STEPS), word.end + MARGIN_STEPS);
  const first = at - Math.min(word.start, MARGIN_STEPS);
  let best: WordFound = { isHeard: false, correlation: -1, levelDb: 0, lateMs: 0 };
  for (let late = 0; late <= withinSteps; late += 1) {
    const from = first + late;
    best = better(best, piece, heard.slice(from, from + piece.length), late);
  }
  if (best.isHeard) return best;
  for (let late = 0; late <= withinSteps; late += 1) {
    for (let gap = 1; gap <= MOST_GAP_STEPS; gap += 1) {
      const whole = heard.slice(first + late, first + late + piece.length + gap);
      for (let place = 1; place < piece.length; place += 1) {
        best = better(best, piece, whole.toSpliced(place, gap), late);
      }
    }
  }
  return best;
}

function better(
  best: WordFound,
  piece: readonly number[],
  other: readonly number[],
  late: number,
): WordFound {
  if (other.length < piece.length) return best;
  const correlation = pearson(piece, other);
  if (correlation <= best.correlation) return best;
  const levelDb = 10 * Math.log10((energy(other) + 1e-12) / (energy(piece) + 1e-12));
  const isHeard = correlation >= ALIKE && Math.abs(levelDb) <= MOST_DIFFERENCE_DB;
  return { isHeard, correlation, levelDb, lateMs: late * STEP_MS };
}

function energy(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const meanA = a.reduce((sum, value) => sum + value, 0) / a.length;
  const meanB = b.reduce((sum, value) => sum + value, 0) / b.length;
  let [product, squaresA, squaresB] = [0, 1e-12, 1e-12];
  for (const [index, value] of a.entries()) {
    const [x, y] = [value - meanA, b[index]! - meanB];
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return product / Math.sqrt(squaresA * squaresB);
}
