import { speak } from "@rostra/testkit";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { QUANTUM_SAMPLES } from "../../src/microphone/noise/frame-line.ts";
import { NOISE_PROCESSOR } from "../../src/microphone/noise/worklet-options.ts";
import {
  cleaned,
  decibels,
  inPieces,
  loadModule,
  power,
  recordedVoice,
  roomNoise,
  snrDb,
} from "../support/noise.ts";

const SENTENCE = "Every child on the quay waved a small flag, and the band played until dark. ";

let wasm: Uint8Array<ArrayBuffer>;
let voices: readonly Float32Array[];

beforeAll(async () => {
  wasm = await loadModule();
  const spoken = await speak(SENTENCE.repeat(3), { voice: "en-gb+f3", padSeconds: 1 });
  voices = [await recordedVoice(), spoken];
});

afterEach(() => vi.unstubAllGlobals());

function plus(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((sample, i) => sample + b[i]!);
}

describe("strong noise suppression", () => {
  it.each([0, 5, 10])(
    "takes noise out of voices at %d dB: 3 dB and more of it at 5 dB and below",
    (inputDb) => {
      for (const voice of voices) {
        const noise = roomNoise(voice, inputDb);
        const mixed = plus(voice, noise);
        const gained = snrDb(cleaned(wasm, mixed), voice) - snrDb(mixed, voice);
        expect(gained).toBeGreaterThan(inputDb <= 5 ? 3 : 1.5);
      }
    },
  );

  it("turns noise alone down by 20 dB and more once it has heard it for a second", () => {
    const noise = roomNoise(voices[0]!, 10);
    const out = cleaned(wasm, noise).subarray(48_000);
    expect(decibels(power(out) / power(noise))).toBeLessThan(-20);
  });

  it("leaves a clean voice as loud as it was, and nearly as it was", () => {
    for (const voice of voices) {
      const out = cleaned(wasm, voice);
      const same = voice.subarray(0, out.length);
      expect(Math.abs(decibels(power(out) / power(same)))).toBeLessThan(1);
      expect(snrDb(out, voice)).toBeGreaterThan(12);
    }
  });

  it("does the same in the audio thread's module", async () => {
    const registered = new Map<string, new (options: object) => AudioProcessor>();
    vi.stubGlobal("AudioWorkletProcessor", class {});
    vi.stubGlobal("registerProcessor", (name: string, type: never) => registered.set(name, type));
    await import("../../src/microphone/noise/noise.worklet.ts");
    const options = { processorOptions: { wasm: wasm.buffer } };
    const processor = new (registered.get(NOISE_PROCESSOR)!)(options);
    const mixed = plus(voices[0]!, roomNoise(voices[0]!, 10));
    const out = inPieces(mixed, (input, output) => {
      expect(processor.process([[input]], [[output]])).toBe(true);
    });
    expect(out).toEqual(cleaned(wasm, mixed));
    // While no microphone is connected there are no inputs.
    expect(processor.process([[]], [[new Float32Array(QUANTUM_SAMPLES)]])).toBe(true);
  });
});

interface AudioProcessor {
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}
