import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { Channels } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";

/** How one adapter is started: a program that reads Ogg/Opus and writes ADTS, both as they come. */
export interface TranscoderAdapter {
  readonly name: "ffmpeg" | "wasm";
  readonly command: string;
  /** @param channels that it is given, and makes */
  readonly args: (channels: Channels) => readonly string[];
}

export interface TranscoderEvents {
  /** ADTS in pieces of any size. */
  readonly onAdts: (bytes: Uint8Array) => void;
  /** It has ended without having been asked to; nothing follows. */
  readonly onFailed: (reason: string) => void;
}

/** What is kept of what a transcoder complains about, characters. */
const COMPLAINT_CHARS = 300;

/** One child process that turns a program into AAC. An edge never decodes: this is somebody else. */
export class Transcoder {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #complaint = "";
  #closed = false;

  constructor(adapter: TranscoderAdapter, channels: Channels, events: TranscoderEvents) {
    this.#child = spawn(adapter.command, adapter.args(channels), {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const fail = (reason: string) => {
      if (this.#closed) return;
      this.close();
      events.onFailed(reason);
    };
    this.#child.stdout.on("data", (bytes: Uint8Array) => {
      if (!this.#closed) events.onAdts(bytes);
    });
    this.#child.stderr.on("data", (bytes: Uint8Array) => {
      this.#complaint = (this.#complaint + Buffer.from(bytes)).slice(-COMPLAINT_CHARS);
    });
    // A broken pipe is told by "exit" as well.
    this.#child.stdin.on("error", () => {});
    this.#child.on("error", (error) => fail(error.message));
    this.#child.on("exit", (code, signal) => {
      fail(`exit ${code ?? signal}: ${this.#complaint.trim().split("\n").at(-1) ?? ""}`);
    });
  }

  /** @returns false where it is too far behind: these pages are lost to it */
  write(ogg: Uint8Array): boolean {
    if (this.#closed || this.#child.stdin.writableLength > BOUNDS.transcoderBytes) return false;
    this.#child.stdin.write(ogg);
    return true;
  }

  /** Ends the process without asking; nothing is called any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
    this.#child.kill("SIGKILL");
  }
}
