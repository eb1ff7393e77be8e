import { FRAME_SAMPLES } from "@rostra/wire";
import { expect, it } from "vitest";
import { WideConcealer } from "./wide-concealer.ts";

function tone(hz: number, frame: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: FRAME_SAMPLES }, (_, i) =>
    Math.sin((2 * Math.PI * hz * (frame * FRAME_SAMPLES + i)) / 48_000),
  );
}

it("is mono until the first stereo, and stereo from then on, mono on both sides", () => {
  const concealer = new WideConcealer();
  expect(concealer.pass([tone(200, 0)])).toHaveLength(1);
  expect(concealer.conceal()).toHaveLength(1);
  expect(concealer.pass([tone(200, 2), tone(300, 2)])).toHaveLength(2);
  expect(concealer.conceal()).toHaveLength(2);
  const [left, right] = concealer.join([tone(200, 4)]);
  expect(right).not.toBe(left);
  // After the seam.
  expect(right!.subarray(480)).toEqual(left!.subarray(480));
});

it("goes on with each side's own pitch", () => {
  const concealer = new WideConcealer();
  for (let frame = 0; frame < 3; frame += 1) concealer.pass([tone(200, frame), tone(300, frame)]);
  const crossings = (pcm: Float32Array) =>
    pcm.reduce((count, value, i) => count + (i > 0 && value * pcm[i - 1]! < 0 ? 1 : 0), 0);
  const [left, right] = concealer.conceal().map((pcm) => crossings(pcm.subarray(0, 480)));
  expect(left).toBeLessThanOrEqual(5);
  expect(right).toBeGreaterThanOrEqual(5);
});
