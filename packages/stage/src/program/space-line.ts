import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  type Clock,
  isStageTiming,
  type SpaceId,
  STATE_KEYS,
  type StageTiming,
} from "@rostra/wire";
import { FollowedClock } from "./followed-clock.ts";

/** How long a second waits for the first to say what time it is, ms: it does so once a second. */
const HEAR_WITHIN_MS = 2_000;

/**
 * The time of one space, by which its frames are numbered: this stage's own clock, or the first's
 * where this stage is the second. What the first says of voices is handed on.
 */
export class SpaceLine {
  readonly #relay: Relay;
  readonly #clock: Clock;
  readonly #key: string;
  readonly #followed = new FollowedClock();
  readonly #heard = Promise.withResolvers<void>();
  #unwatch: Unsubscribe | undefined;
  #onTiming: (timing: StageTiming) => void = () => {};

  constructor(relay: Relay, clock: Clock, spaceId: SpaceId) {
    this.#relay = relay;
    this.#clock = clock;
    this.#key = STATE_KEYS.timing(spaceId);
  }

  /** Of the space, ms since 1970. */
  nowMs(): number {
    return this.#followed.spaceMs(this.#clock.nowMs());
  }

  /** @param listener called with all that the first says while this stage is the second */
  onTiming(listener: (timing: StageTiming) => void): void {
    this.#onTiming = listener;
  }

  /** This stage is the second from now on. */
  follow(): void {
    if (this.#unwatch !== undefined) return;
    this.#followed.forget();
    // What stands was said some time ago: it tells nothing of the time now.
    let isStanding = true;
    this.#unwatch = this.#relay.watch(this.#key, (key, value) => {
      if (isStanding || key !== this.#key || !isStageTiming(value)) return;
      this.#followed.hear(value.atMs, this.#clock.nowMs());
      this.#heard.resolve();
      this.#onTiming(value);
    });
    isStanding = false;
  }

  /** This stage is the first from now on: the line goes on by the time that it has now. */
  lead(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#heard.resolve();
  }

  /** Resolves when the first was heard, or nobody can be expected to speak. */
  async heard(): Promise<void> {
    const cancel = this.#clock.after(HEAR_WITHIN_MS, () => this.#heard.resolve());
    await this.#heard.promise;
    cancel();
  }

  close(): void {
    this.lead();
  }
}
