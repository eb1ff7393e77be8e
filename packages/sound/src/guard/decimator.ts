/** Beyond full scale there is nothing to learn, and squares of it would overflow. */
const MOST = 4;

/**
 * Keeps every third or fourth sample, after a triangular low-pass (two running averages of as
 * many). Its zeros lie where the most would fold back; what still folds is 13 dB and more down,
 * which neither a correlation nor a search for the loudest tone is led astray by. A folded tone is
 * still a tone.
 *
 * Each sample counts once on the triangle's way up and, for the next output, on its way down: two
 * sums over each three or four are all that is needed.
 */
export class Decimator {
  readonly #factor: 3 | 4;
  /** Of the samples before, on their way up. */
  #up = 0;

  constructor(factor: 3 | 4) {
    this.#factor = factor;
  }

  /**
   * @param input a multiple of `factor` samples; what is no number is silence
   * @param output `input.length / factor` samples, written: -4 to 4
   */
  process(input: Float32Array, output: Float32Array): void {
    this.#up =
      this.#factor === 3
        ? everyThird(input, output, this.#up)
        : everyFourth(input, output, this.#up);
    // A sum that is no number may not outlive its frame.
    if (!Number.isFinite(this.#up)) this.#up = 0;
  }
}

function everyThird(input: Float32Array, output: Float32Array, before: number): number {
  let [up, most] = [before, 0];
  for (let i = 0, at = 0; i < output.length; i += 1, at += 3) {
    const a = input[at]!;
    const b = input[at + 1]!;
    const c = input[at + 2]!;
    const sample = (up + 2 * a + b) / 9;
    output[i] = sample;
    most = Math.max(most, Math.abs(sample));
    up = a + 2 * b + 3 * c;
  }
  if (!(most <= MOST)) makeSane(output);
  return up;
}

function everyFourth(input: Float32Array, output: Float32Array, before: number): number {
  let [up, most] = [before, 0];
  for (let i = 0, at = 0; i < output.length; i += 1, at += 4) {
    const a = input[at]!;
    const b = input[at + 1]!;
    const c = input[at + 2]!;
    const sample = (up + 3 * a + 2 * b + c) / 16;
    output[i] = sample;
    most = Math.max(most, Math.abs(sample));
    up = a + 2 * b + 3 * c + 4 * input[at + 3]!;
  }
  if (!(most <= MOST)) makeSane(output);
  return up;
}

/** In a pass of its own, which next to no frame needs: asked at each sample it takes three times as long. */
function makeSane(pcm: Float32Array): void {
  for (let i = 0; i < pcm.length; i += 1) {
    const sample = pcm[i]!;
    if (Number.isNaN(sample)) pcm[i] = 0;
    else pcm[i] = Math.max(-MOST, Math.min(MOST, sample));
  }
}
