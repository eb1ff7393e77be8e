import { type ChildProcess, spawn } from "node:child_process";
import type { Channels } from "@rostra/wire";
import { decodeAudio } from "./voice.ts";

/** An ffmpeg that listens to a URL as any player would, and keeps what it heard. */
export class Recording {
  readonly #child: ChildProcess;
  readonly #done: Promise<void>;
  readonly #channels: Channels;
  #stderr = "";

  /**
   * @param url of an ogg, aac or HLS stream
   * @param path of the WAV that it writes
   * @param seconds of sound after which it stops by itself
   * @param channels that it keeps: what comes in is mixed to as many
   */
  constructor(url: string, path: string, seconds: number, channels: Channels = 1) {
    this.#channels = channels;
    const args = ["-v", "error", "-nostdin", "-y", "-i", url, "-t", String(seconds)];
    this.#child = spawn("ffmpeg", [...args, "-ac", String(channels), "-ar", "48000", path], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.path = path;
    this.#child.stderr?.on("data", (data: Buffer) => {
      this.#stderr = (this.#stderr + data.toString()).slice(-4_000);
    });
    this.#done = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("exit", () => resolve());
    });
  }

  readonly path: string;

  /** What ffmpeg complained about so far. */
  get complaints(): string {
    return this.#stderr;
  }

  /** Waits for the recording's end. @returns samples at 48 kHz, interleaved if stereo */
  async samples(): Promise<Float32Array> {
    await this.#done;
    return decodeAudio(this.path, [], this.#channels);
  }

  /** Ends the recording now, with what it has. */
  async stop(): Promise<Float32Array> {
    this.#child.kill("SIGINT");
    return this.samples();
  }
}
