/**
 * Keeps every n-th sample, after a triangular low-pass (two running averages of n samples). Its
 * zeros lie where the most would fold back; what still folds is 13 dB and more down, which neither
 * a correlation nor a search for the loudest tone is led astray by. A folded tone is still a tone.
 */
export class Decimator {
  readonly #factor: number;
  readonly #weights: Float32Array;
  /** The last `2 * factor - 1` samples and those of the piece at hand. */
  readonly #line: Float32Array;

  /** @param longest samples of a piece at most */
  constructor(factor: number, longest: number) {
    this.#factor = factor;
    const taps = 2 * factor - 1;
    this.#weights = Float32Array.from(
      { length: taps },
      (_, i) => (factor - Math.abs(i - factor + 1)) / factor ** 2,
    );
    this.#line = new Float32Array(taps - 1 + longest);
  }

  /**
   * @param input a multiple of `factor` samples; what is no number is silence
   * @param output `input.length / factor` samples, written
   */
  process(input: Float32Array, output: Float32Array): void {
    const history = this.#weights.length - 1;
    const line = this.#line;
    for (let i = 0; i < input.length; i += 1) {
      // Beyond full scale there is nothing to learn, and squares of it would overflow.
      const sample = Math.max(-4, Math.min(4, input[i]!));
      line[history + i] = Number.isNaN(sample) ? 0 : sample;
    }
    for (let i = 0, start = 0; i < output.length; i += 1, start += this.#factor) {
      let sum = 0;
      for (let tap = 0; tap < this.#weights.length; tap += 1) {
        sum += line[start + tap]! * this.#weights[tap]!;
      }
      output[i] = sum;
    }
    line.copyWithin(0, input.length, input.length + history);
  }
}
