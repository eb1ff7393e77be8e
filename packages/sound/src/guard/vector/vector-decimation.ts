import { type VectorMemory, vectorMemory } from "./vector-memory.ts";

/** Samples of the longest frame. */
const MOST_SAMPLES = 960;

/** Frames of every third or fourth sample: what `Decimator` does, four samples at a time. */
export class VectorDecimation {
  readonly #memory: VectorMemory;
  readonly #input: number;
  readonly #output: number;
  readonly #state: number;
  /** By length: a frame has one of two. */
  readonly #outputs = new Map<number, Float32Array>();

  private constructor(memory: VectorMemory, start: number) {
    this.#memory = memory;
    this.#input = start;
    this.#output = start + 4 * MOST_SAMPLES;
    this.#state = this.#output + (4 * MOST_SAMPLES) / 3;
  }

  /** @returns undefined where there are no vectors, or no room */
  static make(): VectorDecimation | undefined {
    const memory = vectorMemory();
    const start = memory?.take(4 * MOST_SAMPLES + (4 * MOST_SAMPLES) / 3 + 16);
    if (memory === undefined || start === undefined) return undefined;
    return new VectorDecimation(memory, start);
  }

  /** Whether frames of this length are made here. */
  takes(input: Float32Array, output: Float32Array): boolean {
    return input.length <= MOST_SAMPLES && output.length % 4 === 0 && output.length > 0;
  }

  /** @returns what the last samples leave for the first output of the next frame */
  process(factor: 3 | 4, input: Float32Array, output: Float32Array, before: number): number {
    const { floats, passes } = this.#memory;
    floats.set(input, this.#input / 4);
    floats[this.#state / 4 + 3] = before;
    const end = this.#output + 4 * output.length;
    if (factor === 3) passes.third(this.#input, this.#output, end, this.#state);
    else passes.fourth(this.#input, this.#output, end, this.#state);
    output.set(this.#outputOf(output.length));
    return floats[this.#state / 4 + 3]!;
  }

  #outputOf(length: number): Float32Array {
    let output = this.#outputs.get(length);
    if (output === undefined) {
      output = this.#memory.floats.subarray(this.#output / 4, this.#output / 4 + length);
      this.#outputs.set(length, output);
    }
    return output;
  }
}
