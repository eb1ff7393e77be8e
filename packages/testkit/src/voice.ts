import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { type Channels, SAMPLE_RATE_HZ } from "@rostra/wire";

const run = promisify(execFile);

export interface VoiceOptions {
  /** A voice of espeak-ng: `en-us`, `en-gb+f3`, ... */
  readonly voice?: string;
  /** Words a minute. */
  readonly speed?: number;
  /** Silence before and after, in seconds. */
  readonly padSeconds?: number;
}

/** Speaks a sentence: mono samples at 48 kHz, -1 to 1. Needs espeak-ng and ffmpeg. */
export async function speak(text: string, options: VoiceOptions = {}): Promise<Float32Array> {
  const { voice = "en-us", speed = 160, padSeconds = 0 } = options;
  const { stdout } = await run("espeak-ng", ["-v", voice, "-s", String(speed), "--stdout", text], {
    encoding: "buffer",
    maxBuffer: 64 * 1024 * 1024,
  });
  const speech = await decodeAudio(stdout);
  const pad = Math.round(padSeconds * SAMPLE_RATE_HZ);
  const whole = new Float32Array(speech.length + 2 * pad);
  whole.set(speech, pad);
  return whole;
}

/**
 * Speaks a sentence to be said over and over: cut, or followed by silence, to `seconds`. Voices of
 * equal lengths keep their sum periodic.
 */
export async function speakLoop(
  text: string,
  seconds: number,
  options: VoiceOptions = {},
): Promise<Float32Array> {
  const loop = new Float32Array(seconds * SAMPLE_RATE_HZ);
  const spoken = await speak(text, options);
  loop.set(spoken.subarray(0, loop.length));
  return loop;
}

/**
 * Decodes anything that ffmpeg can read to samples at 48 kHz.
 * @param input a file's path or URL, or its bytes
 * @param inputArgs options of ffmpeg that come before the input
 * @param channels that are given: two interleaved, or all mixed into one
 */
export async function decodeAudio(
  input: string | Uint8Array,
  inputArgs: readonly string[] = [],
  channels: Channels = 1,
): Promise<Float32Array> {
  const source = typeof input === "string" ? input : "pipe:0";
  const args = [
    "-v",
    "error",
    ...inputArgs,
    "-i",
    source,
    "-ac",
    String(channels),
    "-ar",
    "48000",
    "-f",
    "f32le",
  ];
  const pending = run("ffmpeg", [...args, "pipe:1"], {
    encoding: "buffer",
    maxBuffer: 512 * 1024 * 1024,
  });
  if (typeof input !== "string") pending.child.stdin?.end(input);
  const { stdout } = await pending;
  return samplesOf(stdout);
}

function samplesOf(bytes: Buffer): Float32Array {
  const aligned = new Uint8Array(bytes.length - (bytes.length % 4));
  aligned.set(bytes.subarray(0, aligned.length));
  return new Float32Array(aligned.buffer);
}

/** Writes 16-bit PCM, 48 kHz, interleaved if stereo: what Chromium takes for a microphone. */
export async function writeWav(
  path: string,
  samples: Float32Array,
  channels: Channels = 1,
): Promise<void> {
  const wav = Buffer.alloc(44 + samples.length * 2);
  wav.write("RIFF", 0, "latin1");
  wav.writeUInt32LE(36 + samples.length * 2, 4);
  wav.write("WAVEfmt ", 8, "latin1");
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(channels, 22);
  wav.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  wav.writeUInt32LE(SAMPLE_RATE_HZ * 2 * channels, 28);
  wav.writeUInt16LE(2 * channels, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36, "latin1");
  wav.writeUInt32LE(samples.length * 2, 40);
  for (const [index, sample] of samples.entries()) {
    wav.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), 44 + index * 2);
  }
  await writeFile(path, wav);
}

/** Reads what {@link writeWav} wrote, or any other file that ffmpeg can read. */
export async function readWav(path: string): Promise<Float32Array> {
  return decodeAudio(await readFile(path));
}
