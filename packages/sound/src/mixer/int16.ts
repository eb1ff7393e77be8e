import { vectors } from "../vector/vectors.ts";

/**
 * Rounded and clipped to 16 bits, and 0 for what is no number.
 * @param pcm at most 2,048 samples
 * @returns valid until the next call of anything in this package
 */
export function int16Of(pcm: Float32Array): Int16Array {
  return vectors().int16(pcm);
}
