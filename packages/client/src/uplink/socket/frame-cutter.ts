/**
 * From blocks of any length at one rate to frames of one length at another. Between samples it draws
 * straight lines: most microphones run at 48 kHz, where nothing is changed at all. Pure.
 */
export class FrameCutter {
  readonly #step: number;
  readonly #frameSamples: number;
  readonly #take: (frame: Float32Array<ArrayBuffer>) => void;
  #frame: Float32Array<ArrayBuffer>;
  #filled = 0;
  /** Where the next sample lies, in samples of the input from the beginning of the block. */
  #at = 0;
  /** The last sample of the block before. */
  #last = 0;

  /** @param take gets each frame, for good */
  constructor(
    fromHz: number,
    toHz: number,
    frameSamples: number,
    take: (frame: Float32Array<ArrayBuffer>) => void,
  ) {
    this.#step = fromHz / toHz;
    this.#frameSamples = frameSamples;
    this.#take = take;
    this.#frame = new Float32Array(frameSamples);
  }

  push(block: Float32Array): void {
    // The sample at -1 is the last of the block before.
    for (; this.#at <= block.length - 1; this.#at += this.#step) {
      const below = Math.floor(this.#at);
      const from = below < 0 ? this.#last : block[below]!;
      const to = block[Math.min(below + 1, block.length - 1)]!;
      this.#put(from + (to - from) * (this.#at - below));
    }
    this.#at -= block.length;
    this.#last = block[block.length - 1] ?? this.#last;
  }

  #put(sample: number): void {
    this.#frame[this.#filled] = sample;
    this.#filled += 1;
    if (this.#filled < this.#frameSamples) return;
    this.#take(this.#frame);
    this.#frame = new Float32Array(this.#frameSamples);
    this.#filled = 0;
  }
}
