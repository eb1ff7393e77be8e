import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ReceivedPacket, SpeakersCall, Voice } from "./speakers-child.ts";

/**
 * People on stage without browsers, in a process of their own: the native WebRTC library can live
 * only once in each.
 */
export class SpeakersProcess {
  readonly #child = fork(fileURLToPath(new URL("./speakers-child.ts", import.meta.url)), {
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  #calls = 0;

  /** Connects `who` over WHIP. Rejects with what the stage answered. */
  async connect(who: string, whipUrl: string, token: string): Promise<void> {
    await this.#call({ do: "connect", who, whipUrl, token });
  }

  /** `who` says the voice of `seed` over and over, in real time. */
  async speak(who: string, seed: number, pitchHz: number): Promise<void> {
    await this.#call({ do: "speak", who, voice: { seed, pitchHz }, right: undefined });
  }

  /** The same in stereo: one voice on the left, another on the right. */
  async speakStereo(who: string, left: Voice, right: Voice): Promise<void> {
    await this.#call({ do: "speak", who, voice: left, right });
  }

  /** Reports that what `who` says next is of `atMs`, by their clock. */
  async report(who: string, atMs: number): Promise<void> {
    await this.#call({ do: "report", who, atMs });
  }

  /** Sends `count` packets of random bytes. */
  async sendGarbage(who: string, count: number): Promise<void> {
    await this.#call({ do: "garbage", who, count });
  }

  /** What `who` has received since they were last asked. */
  async heard(who: string): Promise<ReceivedPacket[]> {
    return (await this.#call({ do: "heard", who })) as ReceivedPacket[];
  }

  async leave(who: string): Promise<void> {
    await this.#call({ do: "leave", who });
  }

  async #call(call: SpeakersCall): Promise<unknown> {
    this.#calls += 1;
    const id = this.#calls;
    this.#child.send({ id, ...call });
    for (;;) {
      const [answer] = (await once(this.#child, "message")) as [
        { id: number; result?: unknown; error?: string },
      ];
      if (answer.id !== id) continue;
      if (answer.error !== undefined) throw new SpeakersError(answer.error);
      return answer.result;
    }
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }
}

/** What a speaker's client ran into. */
class SpeakersError extends Error {}
