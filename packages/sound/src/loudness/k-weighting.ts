/**
 * K-weighting of ITU-R BS.1770-5, Annex 1, at 48 kHz: a shelf that stands for the head (table 1),
 * then a high-pass that stands for how little low tones count (table 2).
 */
const SHELF_B0 = 1.53512485958697;
const SHELF_B1 = -2.69169618940638;
const SHELF_B2 = 1.19839281085285;
const SHELF_A1 = -1.69065929318241;
const SHELF_A2 = 0.73248077421585;
const HIGH_PASS_A1 = -1.99004745483398;
const HIGH_PASS_A2 = 0.99007225036621;

/** A filter that rings below this does so for nobody, and slows the processor down (denormals). */
const INAUDIBLE = 1e-18;

/** Louder samples than this are no sound: +80 dBFS. Bounded, so that sums stay finite. */
const MAX_SAMPLE = 1e4;

/** The weighting filter of one channel. */
export class KWeighting {
  // Transposed direct form II: two states for each of the two filters.
  #shelf1 = 0;
  #shelf2 = 0;
  #pass1 = 0;
  #pass2 = 0;

  /**
   * Weights `pcm[start]`, `pcm[start + stride]` and so on before `end`. What is not a number
   * counts as silence.
   * @returns sum of the squares of the weighted samples
   */
  energy(pcm: Float32Array, start: number, end: number, stride: number): number {
    let [s1, s2, p1, p2] = [this.#shelf1, this.#shelf2, this.#pass1, this.#pass2];
    let sum = 0;
    for (let i = start; i < end; i += stride) {
      const raw = pcm[i]!;
      const sample = raw >= -MAX_SAMPLE && raw <= MAX_SAMPLE ? raw : bounded(raw);
      const shelf = SHELF_B0 * sample + s1;
      s1 = SHELF_B1 * sample - SHELF_A1 * shelf + s2;
      s2 = SHELF_B2 * sample - SHELF_A2 * shelf;
      const weighted = shelf + p1;
      p1 = -2 * shelf - HIGH_PASS_A1 * weighted + p2;
      p2 = shelf - HIGH_PASS_A2 * weighted;
      sum += weighted * weighted;
    }
    this.#shelf1 = audible(s1);
    this.#shelf2 = audible(s2);
    this.#pass1 = audible(p1);
    this.#pass2 = audible(p2);
    return sum;
  }

  reset(): void {
    this.#shelf1 = 0;
    this.#shelf2 = 0;
    this.#pass1 = 0;
    this.#pass2 = 0;
  }
}

function bounded(sample: number): number {
  return Number.isNaN(sample) ? 0 : Math.sign(sample) * MAX_SAMPLE;
}

function audible(state: number): number {
  return Math.abs(state) < INAUDIBLE ? 0 : state;
}
