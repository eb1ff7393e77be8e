import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { decodeAudio, speak } from "@rostra/testkit";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { FrameLine, QUANTUM_SAMPLES } from "../../src/microphone/noise/frame-line.ts";
import { RNNOISE_FRAME_SAMPLES, Rnnoise } from "../../src/microphone/noise/rnnoise.ts";
import { NOISE_PROCESSOR } from "../../src/microphone/noise/worklet-options.ts";

const MODULE = "@sapphi-red/web-noise-suppressor/rnnoise.wasm";
/** RNNoise's own delay and that of its line. */
const LATE = RNNOISE_FRAME_SAMPLES + 448;
const RECORDING = "/usr/share/asterisk/sounds/en_US_f_Allison/demo-congrats.wav";
const SENTENCE = "Every child on the quay waved a small flag, and the band played until dark. ";

let wasm: Uint8Array<ArrayBuffer>;
let voices: readonly Float32Array[];

beforeAll(async () => {
  wasm = new Uint8Array(await readFile(createRequire(import.meta.url).resolve(MODULE)));
  voices = [
    await decodeAudio(RECORDING),
    await speak(SENTENCE.repeat(3), { voice: "en-gb+f3", padSeconds: 1 }),
  ];
});

afterEach(() => vi.unstubAllGlobals());

/** Repeatable noise that is louder in the low tones, as rooms and fans are. */
function roomNoise(rms: number, samples: number): Float32Array {
  let [state, low] = [1, 0];
  const noise = Float32Array.from({ length: samples }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    low += 0.2 * (state / 2 ** 31 - 1 - low);
    return low;
  });
  const gain = rms / Math.sqrt(power(noise));
  return noise.map((sample) => sample * gain);
}

function power(pcm: Float32Array): number {
  return pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
}

function decibels(ratio: number): number {
  return 10 * Math.log10(ratio);
}

function plus(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((sample, i) => sample + b[i]!);
}

function inPieces(pcm: Float32Array, pass: (input: Float32Array, output: Float32Array) => void) {
  const output = new Float32Array(pcm.length - (pcm.length % QUANTUM_SAMPLES));
  for (let at = 0; at < output.length; at += QUANTUM_SAMPLES) {
    pass(pcm.subarray(at, at + QUANTUM_SAMPLES), output.subarray(at, at + QUANTUM_SAMPLES));
  }
  return output.subarray(LATE);
}

function cleaned(pcm: Float32Array): Float32Array {
  const rnnoise = new Rnnoise(wasm);
  const line = new FrameLine(RNNOISE_FRAME_SAMPLES, (frame) => rnnoise.process(frame));
  const output = inPieces(pcm, (input, out) => line.pass(input, out));
  rnnoise.close();
  return output;
}

/** Voice to everything else, where the voice may have become louder or softer as a whole. */
function snrDb(heard: Float32Array, voice: Float32Array): number {
  let product = 0;
  for (let i = 0; i < heard.length; i += 1) product += heard[i]! * voice[i]!;
  const same = voice.subarray(0, heard.length);
  const gain = product / (power(same) * heard.length);
  const rest = heard.map((sample, i) => sample - gain * voice[i]!);
  return decibels((gain * gain * power(same)) / power(rest));
}

describe("strong noise suppression", () => {
  it.each([0, 5, 10])(
    "takes noise out of voices at %d dB: 3 dB and more of it at 5 dB and below",
    (inputDb) => {
      for (const voice of voices) {
        const noise = roomNoise(Math.sqrt(power(voice)) * 10 ** (-inputDb / 20), voice.length);
        const mixed = plus(voice, noise);
        const gained = snrDb(cleaned(mixed), voice) - snrDb(mixed, voice);
        expect(gained).toBeGreaterThan(inputDb <= 5 ? 3 : 1.5);
      }
    },
  );

  it("turns noise alone down by 20 dB and more once it has heard it for a second", () => {
    const noise = roomNoise(0.02, 48_000 * 6);
    const out = cleaned(noise).subarray(48_000);
    expect(decibels(power(out) / power(noise))).toBeLessThan(-20);
  });

  it("leaves a clean voice as loud as it was, and nearly as it was", () => {
    for (const voice of voices) {
      const out = cleaned(voice);
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
    const mixed = plus(voices[0]!, roomNoise(0.02, voices[0]!.length));
    const out = inPieces(mixed, (input, output) => {
      expect(processor.process([[input]], [[output]])).toBe(true);
    });
    expect(out).toEqual(cleaned(mixed));
    // While no microphone is connected there are no inputs.
    expect(processor.process([[]], [[new Float32Array(QUANTUM_SAMPLES)]])).toBe(true);
  });
});

interface AudioProcessor {
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}
