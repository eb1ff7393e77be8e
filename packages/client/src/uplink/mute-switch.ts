import type { Cancel, Clock } from "@rostra/wire";
import { ProblemError } from "../errors.ts";

export interface MuteSwitchOptions {
  readonly clock: Clock;
  /** How it stands at first; nobody has told the server yet. */
  readonly muted: boolean;
  /** Tells the server, whose word counts. */
  readonly tell: (muted: boolean) => Promise<unknown>;
  /** Called on each change. While `muted`, no sound may leave. `byServer`: nobody here asked for it. */
  readonly changed: (muted: boolean, pending: boolean, byServer: boolean) => void;
}

/** A muting that the server doesn't know of yet is told again after this. */
const RETRY_MS = 2_000;
/** Room events that were under way while the server changed its mind are older than its answer. */
const SETTLE_MS = 2_000;

/**
 * One person's mute. Muting holds at once, whoever asks for it; unmuting only after the server
 * agreed, so that nobody speaks into a stage that drops them and believes to be heard.
 */
export class MuteSwitch {
  readonly #options: MuteSwitchOptions;
  #muted: boolean;
  #pending = false;
  /** Counts what was asked for: an answer to an older wish is let go. */
  #wish = 0;
  #settlesAtMs = 0;
  #serverMuted: boolean | null = null;
  #cancelTimer: Cancel = () => {};

  constructor(options: MuteSwitchOptions) {
    this.#options = options;
    this.#muted = options.muted;
  }

  get muted(): boolean {
    return this.#muted;
  }

  /**
   * @throws what `tell` throws, for unmuting; muting never fails, it is told until it is known
   */
  async set(muted: boolean): Promise<void> {
    this.#wish += 1;
    this.#cancelTimer();
    if (muted) await this.#mute(this.#wish);
    else await this.#unmute(this.#wish);
  }

  /** What the server says on its own: a host may have muted us. */
  onServer(muted: boolean): void {
    this.#serverMuted = muted;
    if (this.#pending || this.#options.clock.nowMs() < this.#settlesAtMs) return;
    if (muted && !this.#muted) this.#become(true, false, true);
  }

  close(): void {
    this.#wish += 1;
    this.#cancelTimer();
  }

  #become(muted: boolean, pending: boolean, byServer = false): void {
    this.#muted = muted;
    this.#pending = pending;
    this.#options.changed(muted, pending, byServer);
  }

  async #mute(wish: number): Promise<void> {
    this.#become(true, true);
    try {
      await this.#options.tell(true);
    } catch (error) {
      if (wish !== this.#wish) return;
      // Refused for good (off the stage, ended): there is nothing left to mute.
      if (error instanceof ProblemError && error.status < 500 && error.status !== 429) {
        this.#become(true, false);
        return;
      }
      this.#cancelTimer = this.#options.clock.after(RETRY_MS, () => void this.#mute(wish));
      return;
    }
    if (wish === this.#wish) this.#settle(true);
  }

  async #unmute(wish: number): Promise<void> {
    if (!this.#muted && !this.#pending) return;
    this.#become(true, true);
    try {
      await this.#options.tell(false);
    } catch (error) {
      if (wish === this.#wish) this.#become(true, false);
      throw error;
    }
    if (wish === this.#wish) this.#settle(false);
  }

  #settle(muted: boolean): void {
    this.#settlesAtMs = this.#options.clock.nowMs() + SETTLE_MS;
    this.#serverMuted = muted;
    this.#become(muted, false);
    this.#cancelTimer = this.#options.clock.after(SETTLE_MS, () => {
      if (this.#serverMuted !== null) this.onServer(this.#serverMuted);
    });
  }
}
