/** Frames of the microphone that are compared: half a second. */
const FRAMES = 25;
/** Frames that an echo may be under way. */
const MOST_LAG = 48;
const KEPT = FRAMES + MOST_LAG + 1;
/** What is softer counts as silence. */
const HEARD_DB = -60;

/**
 * How far a microphone's loudness over the last half second follows that of what was sent earlier:
 * the correlation of both in dB, -1 to 1. Two voices that have nothing to do with each other reach
 * 0.85 at one lag or other in a tenth of all time, and seldom where their phases correlate, too.
 */
export class Likeness {
  // Newest last. Moved on at each frame: short, and read far more often.
  readonly #mic = new Float32Array(FRAMES).fill(HEARD_DB);
  readonly #sent = new Float32Array(KEPT).fill(HEARD_DB);

  /** One frame on. Levels in dB. */
  push(micDb: number, sentDb: number): void {
    this.#mic.copyWithin(0, 1);
    this.#sent.copyWithin(0, 1);
    this.#mic[FRAMES - 1] = Math.max(HEARD_DB, micDb);
    this.#sent[KEPT - 1] = Math.max(HEARD_DB, sentDb);
  }

  /** The highest at any lag of whole frames from one on. */
  best(): number {
    const mic = this.#mic;
    const sent = this.#sent;
    let [sumM, sumMM, sumS, sumSS] = [0, 0, 0, 0];
    for (let i = 0; i < FRAMES; i += 1) {
      const [m, s] = [mic[i]!, sent[KEPT - FRAMES + i]!];
      sumM += m;
      sumMM += m * m;
      sumS += s;
      sumSS += s * s;
    }
    const micSpread = spread(sumM, sumMM);
    if (micSpread === 0) return 0;
    let best = -1;
    for (let start = KEPT - FRAMES - 1; start >= KEPT - FRAMES - MOST_LAG; start -= 1) {
      const [comes, goes] = [sent[start]!, sent[start + FRAMES]!];
      sumS += comes - goes;
      sumSS += comes * comes - goes * goes;
      let sumMS = 0;
      for (let i = 0; i < FRAMES; i += 1) sumMS += mic[i]! * sent[start + i]!;
      const product = sumMS * FRAMES - sumM * sumS;
      best = Math.max(best, correlation(product, micSpread, spread(sumS, sumSS)));
    }
    return best;
  }

  reset(): void {
    this.#mic.fill(HEARD_DB);
    this.#sent.fill(HEARD_DB);
  }
}

/** FRAMES squared times the variance; 0 where there is next to none: a level alone follows nothing. */
function spread(sum: number, squares: number): number {
  const value = squares * FRAMES - sum * sum;
  return value < FRAMES ** 2 ? 0 : value;
}

function correlation(product: number, a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : product / Math.sqrt(a * b);
}
