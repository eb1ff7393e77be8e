import { SoundError } from "../errors.ts";

/**
 * Adds `source`, times `gain`, to `target` in place. The sum may leave -1 to 1: limit it after.
 * @throws {SoundError} `bad-length` where the two differ in length
 */
export function mixInto(target: Float32Array, source: Float32Array, gain = 1): void {
  if (target.length !== source.length) {
    throw new SoundError("bad-length", "only sound of equal length can be mixed");
  }
  for (let i = 0; i < target.length; i += 1) target[i] = target[i]! + source[i]! * gain;
}
