import { describe, expect, it } from "vitest";
import { FrameCutter } from "./frame-cutter.ts";

function cut(pcm: Float32Array, fromHz: number, blockSamples: number): Float32Array[] {
  const frames: Float32Array[] = [];
  const cutter = new FrameCutter(fromHz, 48_000, 960, (frame) => frames.push(frame));
  for (let at = 0; at < pcm.length; at += blockSamples) {
    cutter.push(pcm.subarray(at, at + blockSamples));
  }
  return frames;
}

function tone(samples: number, rateHz: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, i) =>
    Math.sin((i * 440 * 2 * Math.PI) / rateHz),
  );
}

describe("FrameCutter", () => {
  it("changes nothing of sound that has the right rate already", () => {
    const pcm = tone(9_600, 48_000);
    const frames = cut(pcm, 48_000, 128);
    expect(frames).toHaveLength(10);
    expect(frames.flatMap((frame) => [...frame])).toEqual([...pcm]);
  });

  it.each([44_100, 96_000, 16_000])("brings %d Hz to 48 kHz, tone and length kept", (rateHz) => {
    const frames = cut(tone(rateHz, rateHz), rateHz, 128);
    expect(frames.length).toBeGreaterThanOrEqual(49);
    const heard = frames.flatMap((frame) => [...frame]);
    const wanted = tone(heard.length, 48_000);
    const error = Math.max(...heard.map((sample, i) => Math.abs(sample - wanted[i]!)));
    expect(error).toBeLessThan(0.02);
  });
});
