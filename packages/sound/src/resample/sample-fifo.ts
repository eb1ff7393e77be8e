import { SoundError } from "../errors.ts";

/**
 * So far a short queue walks before it is moved back to the beginning: one that walked through all of
 * its memory would find nothing of it in the processor's cache.
 */
const WALK_SAMPLES = 2_048;

/**
 * Samples in, samples out, in pieces of any size. Bounded: what comes over the capacity pushes
 * the oldest samples out, so that a reader who stalls comes back to the newest sound.
 */
export class SampleFifo {
  readonly #samples: Float32Array;
  #begin = 0;
  #length = 0;

  constructor(capacitySamples: number) {
    if (!Number.isSafeInteger(capacitySamples) || capacitySamples < 1) {
      throw new SoundError("bad-option", "a FIFO holds at least one sample");
    }
    this.#samples = new Float32Array(capacitySamples);
  }

  /** Samples waiting. */
  get length(): number {
    return this.#length;
  }

  /** @returns how many of the oldest samples were dropped to stay within the capacity */
  push(pcm: Float32Array): number {
    const capacity = this.#samples.length;
    const dropped = Math.max(0, this.#length + pcm.length - capacity);
    const kept = pcm.length > capacity ? pcm.subarray(pcm.length - capacity) : pcm;
    this.#drop(Math.min(dropped, this.#length));
    this.#moveBack();
    const at = (this.#begin + this.#length) % capacity;
    const head = Math.min(kept.length, capacity - at);
    if (head === kept.length) this.#samples.set(kept, at);
    else {
      this.#samples.set(kept.subarray(0, head), at);
      this.#samples.set(kept.subarray(head), 0);
    }
    this.#length += kept.length;
    return dropped;
  }

  /** Fills `target`, with silence where samples are missing. @returns how many were there */
  pull(target: Float32Array): number {
    const count = Math.min(target.length, this.#length);
    const head = Math.min(count, this.#samples.length - this.#begin);
    target.set(this.#samples.subarray(this.#begin, this.#begin + head));
    if (head < count) target.set(this.#samples.subarray(0, count - head), head);
    if (count < target.length) target.fill(0, count);
    this.#drop(count);
    return count;
  }

  clear(): void {
    this.#drop(this.#length);
  }

  #moveBack(): void {
    const end = this.#begin + this.#length;
    if (this.#begin < WALK_SAMPLES || this.#length > WALK_SAMPLES || end > this.#samples.length)
      return;
    this.#samples.copyWithin(0, this.#begin, end);
    this.#begin = 0;
  }

  #drop(count: number): void {
    this.#begin = (this.#begin + count) % this.#samples.length;
    this.#length -= count;
  }
}
