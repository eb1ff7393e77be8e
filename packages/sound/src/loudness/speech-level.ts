import { gatedLufs } from "./gated-mean.ts";

/** Blocks of 400 ms in steps of 100 ms, as BS.1770 has them, but of speech alone. */
const STEP_FRAMES = 5;
const BLOCK_STEPS = 4;
/** Blocks looked back on: eight seconds of speech, however long ago they were spoken. */
const MEMORY_BLOCKS = 80;
/** Before that, a measurement says little: 0.8 s of speech. */
const ENOUGH_BLOCKS = 5;
/**
 * No block counts for more than this over the median: speech alone seldom gets there, and one
 * shout or cough, which is hundreds of times its energy, would else decide the whole memory.
 */
const MOST_OVER_MEDIAN = 10 ** (7 / 10);

/** How loud a talker is, by their own words of late: gated loudness without pauses. */
export class SpeechLevel {
  readonly #steps = new Float64Array(BLOCK_STEPS);
  readonly #blocks = new Float64Array(MEMORY_BLOCKS);
  readonly #sorted = new Float64Array(MEMORY_BLOCKS);
  #frames = 0;
  #sum = 0;
  #stepsSeen = 0;
  #blocksSeen = 0;
  #lufs: number | undefined;

  /** In LUFS; undefined before 0.8 s of speech were heard. */
  get lufs(): number | undefined {
    return this.#lufs;
  }

  /** @param weighted mean square of one K-weighted frame of speech */
  push(weighted: number): void {
    this.#sum += weighted;
    this.#frames += 1;
    if (this.#frames < STEP_FRAMES) return;
    this.#steps[this.#stepsSeen % BLOCK_STEPS] = this.#sum / STEP_FRAMES;
    this.#stepsSeen += 1;
    this.#frames = 0;
    this.#sum = 0;
    if (this.#stepsSeen >= BLOCK_STEPS) this.#endBlock();
  }

  #endBlock(): void {
    const sum = this.#steps.reduce((total, meanSquare) => total + meanSquare, 0);
    this.#blocks[this.#blocksSeen % MEMORY_BLOCKS] = sum / BLOCK_STEPS;
    this.#blocksSeen += 1;
    if (this.#blocksSeen < ENOUGH_BLOCKS) return;
    const count = Math.min(this.#blocksSeen, MEMORY_BLOCKS);
    this.#sorted.set(this.#blocks);
    const sorted = this.#sorted.subarray(0, count).sort();
    const most = sorted[count >> 1]! * MOST_OVER_MEDIAN;
    for (let i = count - 1; sorted[i]! > most; i -= 1) sorted[i] = most;
    this.#lufs = gatedLufs(sorted, count);
  }
}
