import { SampleFifo } from "@rostra/sound";
import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { Nudge } from "./nudge.ts";

const FRAMES = 40;

function tone(hz: number, samples: number, from = 0): Float32Array {
  return Float32Array.from({ length: samples }, (_, i) =>
    Math.sin((2 * Math.PI * hz * (from + i)) / SAMPLE_RATE_HZ),
  );
}

/** Plays a tone of which `excess` samples should be left out (or, below 0, played on top). */
function played(excess: number) {
  const nudge = new Nudge(1);
  const fifo = new SampleFifo(FRAME_SAMPLES * (FRAMES + 2));
  fifo.push(tone(1_000, FRAME_SAMPLES * (FRAMES + 1)));
  const heard = new Float32Array(FRAME_SAMPLES * FRAMES);
  let left = excess;
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const step = nudge.step(left);
    left -= step;
    nudge.pull(fifo, heard.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES), step);
  }
  return { heard, left };
}

describe("a nudge", () => {
  test.each([12, -12])(
    "moves sound by %d samples, one in a frame, and leaves no seam",
    (excess) => {
      const { heard, left } = played(excess);
      expect(left).toBe(0);
      const last = heard.subarray(FRAME_SAMPLES * (FRAMES - 1));
      const moved = tone(1_000, FRAME_SAMPLES, FRAME_SAMPLES * (FRAMES - 1) + excess);
      expect(Math.max(...last.map((sample, i) => Math.abs(sample - moved[i]!)))).toBeLessThan(1e-5);
      // No step between samples is larger than the tone's own.
      const steepest = (2 * Math.PI * 1_000) / SAMPLE_RATE_HZ;
      for (let i = 1; i < heard.length; i += 1) {
        expect(Math.abs(heard[i]! - heard[i - 1]!)).toBeLessThan(steepest * 1.01);
      }
    },
  );

  test("leaves alone what is off by a few samples", () => {
    expect(played(3).left).toBe(3);
  });
});
