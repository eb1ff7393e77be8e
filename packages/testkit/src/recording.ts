import { type ChildProcess, spawn } from "node:child_process";
import { decodeAudio } from "./voice.ts";

/** An ffmpeg that listens to a URL as any player would, and keeps what it heard. */
export class Recording {
  readonly #child: ChildProcess;
  readonly #done: Promise<void>;
  #stderr = "";

  /**
   * @param url of an ogg, aac or HLS stream
   * @param path of the WAV that it writes
   * @param seconds of sound after which it stops by itself
   */
  constructor(url: string, path: string, seconds: number) {
    const args = ["-v", "error", "-nostdin", "-y", "-i", url, "-t", String(seconds)];
    this.#child = spawn("ffmpeg", [...args, "-ac", "1", "-ar", "48000", path], {
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

  /** Waits for the recording's end. @returns mono samples at 48 kHz */
  async samples(): Promise<Float32Array> {
    await this.#done;
    return decodeAudio(this.path);
  }

  /** Ends the recording now, with what it has. */
  async stop(): Promise<Float32Array> {
    this.#child.kill("SIGINT");
    return this.samples();
  }
}
