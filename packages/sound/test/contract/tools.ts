import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SAMPLE_RATE_HZ } from "@rostra/wire";

const MAX_OUTPUT_BYTES = 64 * 2 ** 20;

/** Runs ffmpeg on `input` in a file (it seeks in some formats) and gives what it writes. */
export function ffmpeg(
  input: Uint8Array,
  inputOptions: readonly string[],
  outputOptions: readonly string[],
): { stdout: Uint8Array; log: string } {
  return inFolder((folder) => {
    const path = join(folder, "input");
    writeFileSync(path, input);
    const options = ["-hide_banner", "-nostdin", ...inputOptions, "-i", path, ...outputOptions];
    const { status, stdout, stderr, error } = spawnSync("ffmpeg", [...options, "pipe:1"], {
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    assert.equal(status, 0, `ffmpeg is needed, and failed: ${error?.message ?? String(stderr)}`);
    return { stdout: new Uint8Array(stdout), log: String(stderr) };
  });
}

const AS_SAMPLES = ["-ar", String(SAMPLE_RATE_HZ), "-ac", "1", "-f", "f32le"];

/** What ffmpeg hears in a file of any format: 48 kHz, mono. */
export function decodeWithFfmpeg(input: Uint8Array): Float32Array<ArrayBuffer> {
  const { stdout } = ffmpeg(input, [], AS_SAMPLES);
  return new Float32Array(stdout.slice().buffer);
}

/** Encodes 48 kHz mono with ffmpeg. @param options codec and container */
export function encodeWithFfmpeg(pcm: Float32Array, options: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  return ffmpeg(bytes, ["-ar", String(SAMPLE_RATE_HZ), "-ac", "1", "-f", "f32le"], options).stdout;
}

/** A sentence as espeak-ng says it, at 48 kHz. */
export function speech(text: string, voice = "en"): Float32Array<ArrayBuffer> {
  const wav = execFileSync("espeak-ng", ["-v", voice, "--stdout", text], {
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return decodeWithFfmpeg(wav);
}

/** Recorded human voices of Debian's asterisk-core-sounds-en-wav. */
const RECORDED_VOICES = "/usr/share/asterisk/sounds/en_US_f_Allison";

/** Something that a person said, at 48 kHz. @param name of a recording in that package */
export function recordedSpeech(name: string): Float32Array<ArrayBuffer> {
  return decodeWithFfmpeg(readFileSync(join(RECORDED_VOICES, `${name}.wav`)));
}

/** What ffmpeg's meter says (EBU R 128). */
export interface FfmpegLoudness {
  readonly integratedLufs: number;
  readonly truePeakDbtp: number;
  /** Every 100 ms, from the first. */
  readonly momentaryLufs: readonly number[];
  readonly shortTermLufs: readonly number[];
}

/** @param pcm interleaved where there are two channels */
export function ffmpegLoudness(pcm: Float32Array, channels: 1 | 2 = 1): FfmpegLoudness {
  const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  const input = ["-ar", String(SAMPLE_RATE_HZ), "-ac", String(channels), "-f", "f32le"];
  const filter = "ebur128=peak=true:framelog=info";
  const { log } = ffmpeg(bytes, input, ["-af", filter, "-f", "null"]);
  const summary = log.slice(log.lastIndexOf("Summary:"));
  return {
    integratedLufs: Number(/I:\s+(-?[\d.]+) LUFS/.exec(summary)?.[1]),
    truePeakDbtp: Number(/Peak:\s+(-?[\d.]+) dBFS/.exec(summary)?.[1]),
    momentaryLufs: [...log.matchAll(/M:\s*(-?[\d.]+) S:/g)].map((match) => Number(match[1])),
    shortTermLufs: [...log.matchAll(/ S:\s*(-?[\d.]+)/g)].map((match) => Number(match[1])),
  };
}

/** Integrated loudness in LUFS (EBU R 128), as ffmpeg measures it. */
export function loudnessLufs(pcm: Float32Array): number {
  const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  const input = ["-ar", String(SAMPLE_RATE_HZ), "-ac", "1", "-f", "f32le"];
  const { log } = ffmpeg(bytes, input, ["-af", "ebur128", "-f", "null"]);
  return Number(/Integrated loudness:\s+I:\s+(-?[\d.]+) LUFS/.exec(log)?.[1]);
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "rostra-sound-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
