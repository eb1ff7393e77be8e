import { SoundError } from "../errors.ts";

/**
 * Adds `source`, times `gain`, to `target` in place. The sum may leave -1 to 1: limit it after. One
 * of the two may be stereo (interleaved, so twice as long) where the other is mono: mono stands in
 * the middle, as loud on each side as it was, and of stereo a mono mix gets the mean of both sides,
 * so that neither clips what didn't clip before.
 * @throws {SoundError} `bad-length` where the two don't last equally long
 */
export function mixInto(target: Float32Array, source: Float32Array, gain = 1): void {
  if (target.length === source.length) {
    for (let i = 0; i < target.length; i += 1) target[i] = target[i]! + source[i]! * gain;
  } else if (target.length === 2 * source.length) spread(target, source, gain);
  else if (2 * target.length === source.length) gather(target, source, gain);
  else throw new SoundError("bad-length", "only sound of equal length can be mixed");
}

function spread(target: Float32Array, source: Float32Array, gain: number): void {
  for (let i = 0, at = 0; i < source.length; i += 1, at += 2) {
    const sample = source[i]! * gain;
    target[at] = target[at]! + sample;
    target[at + 1] = target[at + 1]! + sample;
  }
}

function gather(target: Float32Array, source: Float32Array, gain: number): void {
  const half = gain / 2;
  for (let i = 0, at = 0; i < target.length; i += 1, at += 2) {
    target[i] = target[i]! + (source[at]! + source[at + 1]!) * half;
  }
}

/** `pcm` itself where it has `length` samples; else what {@link mixInto} makes of it alone. */
export function fitted(pcm: Float32Array, length: number): Float32Array {
  if (pcm.length === length) return pcm;
  const other = new Float32Array(length);
  mixInto(other, pcm);
  return other;
}
