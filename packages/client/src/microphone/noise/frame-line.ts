/** Audio threads work in pieces of this. */
export const QUANTUM_SAMPLES = 128;

/**
 * From pieces of 128 samples to frames of 480 and back, in place of time: what leaves came in a
 * fixed number of samples earlier. Constant memory, nothing allocated.
 */
export class FrameLine {
  readonly #frame: Float32Array;
  readonly #process: (frame: Float32Array) => void;
  /** Done, and not yet taken out; a ring. */
  readonly #done: Float32Array;
  #filled = 0;
  #write: number;
  #read = 0;

  /**
   * @param frameSamples at least a piece
   * @param process works on a whole frame in place
   */
  constructor(frameSamples: number, process: (frame: Float32Array) => void) {
    this.#frame = new Float32Array(frameSamples);
    this.#process = process;
    this.#done = new Float32Array(2 * frameSamples);
    this.#write = this.delaySamples;
  }

  /** How much later sound leaves than it came in: what a frame may lack when a piece is taken. */
  get delaySamples(): number {
    return this.#frame.length - commonDivisor(this.#frame.length, QUANTUM_SAMPLES);
  }

  /** @param input one piece @param output one piece, which is filled */
  pass(input: Float32Array, output: Float32Array): void {
    for (let i = 0; i < input.length; i += 1) {
      this.#frame[this.#filled] = input[i]!;
      this.#filled += 1;
      if (this.#filled === this.#frame.length) this.#finish();
    }
    for (let i = 0; i < output.length; i += 1) {
      output[i] = this.#done[this.#read]!;
      this.#read = (this.#read + 1) % this.#done.length;
    }
  }

  #finish(): void {
    this.#process(this.#frame);
    for (const sample of this.#frame) {
      this.#done[this.#write] = sample;
      this.#write = (this.#write + 1) % this.#done.length;
    }
    this.#filled = 0;
  }
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
