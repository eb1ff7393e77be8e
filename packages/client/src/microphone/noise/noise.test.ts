import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameLine, QUANTUM_SAMPLES } from "./frame-line.ts";
import { Rnnoise } from "./rnnoise.ts";

describe("the line from pieces to frames", () => {
  it("gives back what came, late by the same number of samples, whatever the frame's length", () => {
    fc.assert(
      fc.property(fc.integer({ min: QUANTUM_SAMPLES, max: 1_000 }), (frameSamples) => {
        const line = new FrameLine(frameSamples, (frame) => {
          for (let i = 0; i < frame.length; i += 1) frame[i] = frame[i]! * 2;
        });
        const input = Float32Array.from({ length: QUANTUM_SAMPLES * 40 }, (_, i) => i + 1);
        const output = new Float32Array(input.length);
        for (let at = 0; at < input.length; at += QUANTUM_SAMPLES) {
          const end = at + QUANTUM_SAMPLES;
          line.pass(input.subarray(at, end), output.subarray(at, end));
        }
        const late = line.delaySamples;
        expect(late).toBeLessThan(frameSamples);
        for (let i = 0; i < output.length; i += 1) {
          expect(output[i]).toBe(i < late ? 0 : 2 * (i - late + 1));
        }
      }),
      { numRuns: 50 },
    );
  });

  it("holds RNNoise's frames of 480 back by 448 samples: 9.3 ms", () => {
    expect(new FrameLine(480, () => {}).delaySamples).toBe(448);
  });
});

describe("RNNoise", () => {
  it("says what is wrong where the module is another", () => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    const failed = expect.objectContaining({ name: "MicrophoneError", code: "failed" });
    expect(() => new Rnnoise(empty)).toThrow(failed);
    expect(() => new Rnnoise(Uint8Array.of(1, 2, 3))).toThrow(failed);
  });
});
