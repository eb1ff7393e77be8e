import { FRAME_SAMPLES } from "@rostra/wire";
import { Decimator } from "../src/guard/decimator.ts";

/** Makes frames at 16 kHz, as detectors take them, of one sound's frames at 48 kHz, in order. */
export function atSixteen(): (frame: Float32Array) => Float32Array {
  const decimator = new Decimator(3);
  const wide = new Float32Array(FRAME_SAMPLES / 3);
  return (frame) => {
    decimator.process(frame, wide);
    return wide;
  };
}
