import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** How somebody comes in: by our WHIP, or by the API of Janus's AudioBridge. */
export type Door =
  | { readonly kind: "whip"; readonly url: string; readonly token: string }
  | {
      readonly kind: "janus";
      readonly url: string;
      readonly room: number;
      /** Of what this participant is sent, bits a second. */
      readonly bitrate: number;
      /** Of the encoder of what they are sent, 0 to 10. */
      readonly complexity: number;
    };

/**
 * What somebody sends: speech without end, a room's quiet noise, the same with silence skipped (DTX),
 * or tones that are timed.
 */
export type Sound = "speech" | "quiet" | "skipping" | "tones";

export interface Participant {
  readonly door: Door;
  readonly sound: Sound;
  /** Whether what they hear is decoded, and the tones in it are timed. */
  readonly ears?: boolean;
}

export type LoadCall =
  | { readonly do: "connect"; readonly participants: readonly Participant[] }
  | { readonly do: "tones" };

export type LoadAnswer =
  | { readonly connected: number }
  | { readonly latenciesMs: readonly number[]; readonly sent: number }
  | { readonly error: string };

/** A process full of participants: only one may hold the native library, and none beside a stage. */
export class Load {
  readonly #child: ChildProcess = fork(fileURLToPath(new URL("./load-child.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });

  get pid(): number {
    return this.#child.pid!;
  }

  /** @throws {LoadError} where one of them isn't let in */
  async connect(participants: readonly Participant[]): Promise<void> {
    await this.#call({ do: "connect", participants });
  }

  /** How long each tone took from being sent to being heard, since the last call. */
  async tones(): Promise<{ readonly latenciesMs: readonly number[]; readonly sent: number }> {
    const answer = await this.#call({ do: "tones" });
    return "latenciesMs" in answer ? answer : { latenciesMs: [], sent: 0 };
  }

  async #call(call: LoadCall): Promise<LoadAnswer> {
    const answered = once(this.#child, "message");
    this.#child.send(call);
    const [answer] = (await answered) as [LoadAnswer];
    if ("error" in answer) throw new LoadError(answer.error);
    return answer;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }
}

/** A participant could not come in. */
class LoadError extends Error {}
