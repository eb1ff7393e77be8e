import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { decodeAudio } from "@rostra/testkit";
import { FrameLine, QUANTUM_SAMPLES } from "../../src/microphone/noise/frame-line.ts";
import { RNNOISE_FRAME_SAMPLES, Rnnoise } from "../../src/microphone/noise/rnnoise.ts";

const MODULE = "@sapphi-red/web-noise-suppressor/rnnoise.wasm";
/** Of Debian's asterisk-core-sounds-en-wav. */
const RECORDING = "/usr/share/asterisk/sounds/en_US_f_Allison/demo-congrats.wav";
/** RNNoise's own delay and that of its line. */
const LATE = RNNOISE_FRAME_SAMPLES + 448;

export async function loadModule(): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(createRequire(import.meta.url).resolve(MODULE)));
}

/** Somebody who speaks, at 48 kHz. */
export function recordedVoice(): Promise<Float32Array> {
  return decodeAudio(RECORDING);
}

/** Repeatable noise that is louder in the low tones, as rooms and fans are: so far below `voice`. */
export function roomNoise(voice: Float32Array, belowDb: number): Float32Array {
  let [state, low] = [1, 0];
  const noise = Float32Array.from({ length: voice.length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    low += 0.2 * (state / 2 ** 31 - 1 - low);
    return low;
  });
  const gain = Math.sqrt(power(voice) / power(noise)) * 10 ** (-belowDb / 20);
  return noise.map((sample) => sample * gain);
}

export function power(pcm: Float32Array): number {
  return pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
}

export function decibels(ratio: number): number {
  return 10 * Math.log10(ratio);
}

/** Passes sound on in the audio thread's pieces. @returns what leaves, as if nothing were late */
export function inPieces(
  pcm: Float32Array,
  pass: (input: Float32Array, output: Float32Array) => void,
): Float32Array {
  const output = new Float32Array(pcm.length - (pcm.length % QUANTUM_SAMPLES));
  for (let at = 0; at < output.length; at += QUANTUM_SAMPLES) {
    pass(pcm.subarray(at, at + QUANTUM_SAMPLES), output.subarray(at, at + QUANTUM_SAMPLES));
  }
  return output.subarray(LATE);
}

export function cleaned(wasm: Uint8Array<ArrayBuffer>, pcm: Float32Array): Float32Array {
  const rnnoise = new Rnnoise(wasm);
  const line = new FrameLine(RNNOISE_FRAME_SAMPLES, (frame) => rnnoise.process(frame));
  const output = inPieces(pcm, (input, out) => line.pass(input, out));
  rnnoise.close();
  return output;
}

/** Voice to everything else, where the voice may have become louder or softer as a whole. */
export function snrDb(heard: Float32Array, voice: Float32Array): number {
  let product = 0;
  for (let i = 0; i < heard.length; i += 1) product += heard[i]! * voice[i]!;
  const same = voice.subarray(0, heard.length);
  const gain = product / (power(same) * heard.length);
  const rest = heard.map((sample, i) => sample - gain * voice[i]!);
  return decibels((gain * gain * power(same)) / power(rest));
}
