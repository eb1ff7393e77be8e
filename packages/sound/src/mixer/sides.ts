import { SoundError } from "../errors.ts";

/**
 * Stereo of two channels: a sample of the left, one of the right, and so on.
 * @throws {SoundError} `bad-length` where the two differ in length
 */
export function interleaved(left: Float32Array, right: Float32Array): Float32Array<ArrayBuffer> {
  if (left.length !== right.length) {
    throw new SoundError("bad-length", "both sides of stereo last equally long");
  }
  const pcm = new Float32Array(2 * left.length);
  for (let i = 0; i < left.length; i += 1) {
    pcm[2 * i] = left[i]!;
    pcm[2 * i + 1] = right[i]!;
  }
  return pcm;
}

/** One channel of interleaved stereo, as a copy. */
export function sideOf(stereo: Float32Array, side: "left" | "right"): Float32Array<ArrayBuffer> {
  const first = side === "left" ? 0 : 1;
  return Float32Array.from({ length: stereo.length >> 1 }, (_, i) => stereo[2 * i + first]!);
}
