import { loadOpus, type OpusEncoder, PROGRAM_ENCODING } from "@rostra/sound";
import { FRAME_SAMPLES } from "@rostra/wire";
import { expect, test } from "vitest";
import { SeamlessEncoder } from "./seamless-encoder.ts";

/** Frame `number` of a tone that goes on for ever. */
function toneFrame(number: number, amplitude = 0.3): Float32Array {
  return Float32Array.from(
    { length: FRAME_SAMPLES },
    (_, i) => amplitude * Math.sin((2 * Math.PI * 300 * (number * FRAME_SAMPLES + i)) / 48_000),
  );
}

interface Asked {
  encode(number: number, pcm: Float32Array, before: Float32Array): Uint8Array;
}

/** Frames 0 to 19 by one encoder, then on by another, which last heard something loud long ago. */
async function crossOver(second: (encoder: OpusEncoder) => Asked): Promise<Float32Array> {
  const opus = await loadOpus();
  const first = new SeamlessEncoder(await opus.createEncoder(PROGRAM_ENCODING));
  const asked = second(await opus.createEncoder(PROGRAM_ENCODING));
  asked.encode(0, new Float32Array(FRAME_SAMPLES).fill(0.7), toneFrame(0));
  const decoder = await opus.createDecoder();
  const heard = new Float32Array(40 * FRAME_SAMPLES);
  for (let number = 0; number < 40; number += 1) {
    const encoder = number < 20 ? first : asked;
    const packet = encoder.encode(number, toneFrame(number), toneFrame(number - 1));
    heard.set(decoder.decode(packet), number * FRAME_SAMPLES);
  }
  return heard;
}

function largestStep(pcm: Float32Array): number {
  let largest = 0;
  for (let i = 1; i < pcm.length; i += 1) {
    largest = Math.max(largest, Math.abs(pcm[i]! - pcm[i - 1]!));
  }
  return largest;
}

test("going over to an encoder that was away makes no click, where a plain one does", async () => {
  const steady = largestStep(toneFrame(5));
  const seamless = await crossOver((encoder) => new SeamlessEncoder(encoder));
  const plain = await crossOver((encoder) => ({ encode: (_number, pcm) => encoder.encode(pcm) }));
  expect(largestStep(seamless.subarray(FRAME_SAMPLES))).toBeLessThan(1.5 * steady);
  expect(largestStep(plain.subarray(FRAME_SAMPLES))).toBeGreaterThan(3 * steady);
});
