/** Samples that a line takes on before it is moved back to its beginning: a second at 4 kHz. */
const SLACK = 4_000;

/** The newest samples of a sound. It is moved once a second, not at every frame. */
export class Line {
  readonly length: number;
  readonly #pcm: Float32Array;
  #end: number;

  /** @param length samples that are kept */
  constructor(length: number) {
    this.length = length;
    this.#pcm = new Float32Array(length + SLACK);
    this.#end = length;
  }

  /** @param pcm no more than a second */
  push(pcm: Float32Array): void {
    if (this.#end + pcm.length > this.#pcm.length) {
      this.#pcm.copyWithin(0, this.#end - this.length, this.#end);
      this.#end = this.length;
    }
    this.#pcm.set(pcm, this.#end);
    this.#end += pcm.length;
  }

  /** Mean power between two places; 0 is the oldest sample. */
  power(from: number, to: number): number {
    const pcm = this.#pcm;
    const start = this.#end - this.length;
    let sum = 0;
    for (let i = start + from; i < start + to; i += 1) sum += pcm[i]! * pcm[i]!;
    return sum / (to - from);
  }

  /** As many samples from a place on as there are weights, weighted. */
  copy(from: number, weights: Float32Array, into: Float32Array, at: number): void {
    const pcm = this.#pcm;
    const start = this.#end - this.length + from;
    for (let i = 0; i < weights.length; i += 1) into[at + i] = pcm[start + i]! * weights[i]!;
  }

  clear(): void {
    this.#pcm.fill(0);
  }
}
