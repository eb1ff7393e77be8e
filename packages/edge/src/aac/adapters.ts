import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Channels, SAMPLE_RATE_HZ } from "@rostra/wire";
import type { TranscoderAdapter } from "./transcoder.ts";

/** AAC-LC wants about twice what Opus does. */
export function aacBitrate(channels: Channels): number {
  return channels === 2 ? 160_000 : 64_000;
}
const PROBE_TIMEOUT_MS = 5_000;

/** What is installed: a third of the CPU of the other one. */
export const ffmpegAdapter: TranscoderAdapter = {
  name: "ffmpeg",
  command: "ffmpeg",
  args: (channels) => [
    ...["-hide_banner", "-loglevel", "error"],
    // Nothing is gathered before the first sound goes out.
    ...["-fflags", "+nobuffer", "-flags", "low_delay", "-probesize", "4096"],
    ...["-analyzeduration", "0", "-f", "ogg", "-i", "pipe:0"],
    ...["-map", "0:a:0", "-c:a", "aac", "-b:a", String(aacBitrate(channels))],
    ...["-ac", String(channels), "-ar", String(SAMPLE_RATE_HZ)],
    ...["-flush_packets", "1", "-f", "adts", "pipe:1"],
  ],
};

/** What is always there: WebAssembly in a Node process of its own. */
export const wasmAdapter: TranscoderAdapter = {
  name: "wasm",
  command: process.execPath,
  args: (channels) => [fileURLToPath(new URL("./wasm-main.ts", import.meta.url)), String(channels)],
};

/** Looks once whether there is an ffmpeg that encodes AAC. */
export async function chooseTranscoder(): Promise<TranscoderAdapter> {
  try {
    const { stdout } = await promisify(execFile)("ffmpeg", ["-hide_banner", "-encoders"], {
      timeout: PROBE_TIMEOUT_MS,
    });
    return / aac /.test(stdout) ? ffmpegAdapter : wasmAdapter;
  } catch {
    // Not installed, or not to be run: the other adapter needs nothing.
    return wasmAdapter;
  }
}
