import { type ChildProcess, spawn } from "node:child_process";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { TestWorldError } from "./rostra-process.ts";

/** What is kept of what was played: more than any test looks back. */
const KEPT_SECONDS = 60;

interface Wait {
  readonly until: number;
  readonly resolve: () => void;
  readonly reject: (error: TestWorldError) => void;
}

/**
 * An ffmpeg that plays a stream for as long as it is open, as a radio does. Unlike a `Recording` it
 * is on already when somebody wants to know what is heard from now on: nobody waits for its start.
 * Owns the process until `close`.
 */
export class Radio {
  readonly #child: ChildProcess;
  readonly #samples = new Float32Array(KEPT_SECONDS * SAMPLE_RATE_HZ);
  readonly #waits = new Set<Wait>();
  #place = 0;
  #rest = Buffer.alloc(0);
  #stderr = "";

  /** @param url of an ogg, aac or HLS stream */
  constructor(url: string) {
    const input = ["-v", "error", "-nostdin", "-fflags", "nobuffer", "-i", url];
    const output = ["-ac", "1", "-ar", String(SAMPLE_RATE_HZ), "-f", "f32le"];
    this.#child = spawn("ffmpeg", [...input, ...output, "-flush_packets", "1", "pipe:1"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.on("data", (data: Buffer) => this.#take(data));
    this.#child.stderr?.on("data", (data: Buffer) => {
      this.#stderr = (this.#stderr + data.toString()).slice(-4_000);
    });
    this.#child.once("error", (error) => this.#fail(String(error)));
    this.#child.once("exit", () => this.#fail(`the radio is off: ${this.#stderr}`));
  }

  /** Samples played so far, at 48 kHz. */
  get place(): number {
    return this.#place;
  }

  /** Waits until so much was played from a place on. @returns that, mono at 48 kHz */
  async from(place: number, seconds: number): Promise<Float32Array> {
    const until = place + Math.round(seconds * SAMPLE_RATE_HZ);
    if (this.#place < until) {
      await new Promise<void>((resolve, reject) => {
        this.#waits.add({ until, resolve, reject });
      });
    }
    const length = this.#samples.length;
    if (this.#place - place > length) throw new TestWorldError("that isn't kept any more");
    return Float32Array.from(
      { length: until - place },
      (_, i) => this.#samples[(place + i) % length]!,
    );
  }

  close(): void {
    this.#child.kill("SIGKILL");
  }

  #take(data: Buffer): void {
    const bytes = Buffer.concat([this.#rest, data]);
    const whole = bytes.length - (bytes.length % Float32Array.BYTES_PER_ELEMENT);
    for (let at = 0; at < whole; at += Float32Array.BYTES_PER_ELEMENT) {
      this.#samples[this.#place % this.#samples.length] = bytes.readFloatLE(at);
      this.#place += 1;
    }
    this.#rest = bytes.subarray(whole);
    for (const wait of this.#waits) {
      if (wait.until > this.#place) continue;
      this.#waits.delete(wait);
      wait.resolve();
    }
  }

  #fail(why: string): void {
    for (const { reject } of this.#waits) reject(new TestWorldError(why));
    this.#waits.clear();
  }
}
