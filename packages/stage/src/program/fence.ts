import type { Relay } from "@rostra/relay";
import type { Clock } from "@rostra/wire";
import type { Logger } from "pino";

/** Who stood still for so long may have been replaced, and those it mixes muted, ms. */
export const FENCE_AFTER_MS = 500;
/**
 * After so long the connections may be new, and what was said meanwhile is not waiting in them: the
 * relay notices what is missing by itself, within two of its beats.
 */
const REJOINED_AFTER_MS = 2_000;
const REJOIN_WITHIN_MS = 600;
const RETRY_MS = 100;

/**
 * Keeps a stage that stood still (SIGSTOP, a machine without memory, a virtual one that was moved)
 * from going on with what it knew before: until all that was said meanwhile has been heard, nothing
 * goes out. So neither a word after a mute nor a frame of a stage that was replaced gets out.
 */
export class Fence {
  readonly #relay: Relay;
  readonly #clock: Clock;
  readonly #log: Logger;
  #lifting: Promise<void> | undefined;
  #isClosed = false;

  constructor(relay: Relay, clock: Clock, log: Logger) {
    this.#relay = relay;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Resolves when the stage may go on. All programs that ask at once wait for the same.
   * @param stalledMs how long it stood still
   */
  lift(stalledMs: number): Promise<void> {
    this.#lifting ??= this.#hear(stalledMs).finally(() => {
      this.#lifting = undefined;
    });
    return this.#lifting;
  }

  async #hear(stalledMs: number): Promise<void> {
    this.#log.warn({ stalledMs: Math.round(stalledMs) }, "the stage stood still: listening first");
    // A round trip: what was said before it has come by then.
    while (!this.#isClosed && !(await this.#isHeard())) await this.#pause(RETRY_MS);
    if (stalledMs > REJOINED_AFTER_MS) await this.#pause(REJOIN_WITHIN_MS);
  }

  async #isHeard(): Promise<boolean> {
    try {
      await this.#relay.flush();
      return true;
    } catch (error) {
      this.#log.warn({ err: error }, "the relay doesn't answer");
      return false;
    }
  }

  /** Whoever waits goes on, and finds that all is over. */
  close(): void {
    this.#isClosed = true;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(ms, resolve));
  }
}
