import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  type Clock,
  isStageTiming,
  type SpaceId,
  STATE_KEYS,
  type StageTiming,
} from "@rostra/wire";
import { FollowedClock } from "./followed-clock.ts";
import type { StagePart } from "./stage-pairs.ts";

/** How long a second waits for the first to say what time it is, ms: it does so once a second. */
const HEAR_WITHIN_MS = 2_000;

/**
 * Told what the other stage of a pair says of voices, and of this stage's part; undefined: there is
 * none, or it says nothing any more.
 */
type OnTiming = (part: StagePart, timing: StageTiming | undefined) => void;

/**
 * The time of one space, by which its frames are numbered: this stage's own clock, or the first's
 * where this stage is the second. What the first says of voices is handed on.
 */
export class SpaceLine {
  readonly #relay: Relay;
  readonly #clock: Clock;
  readonly #spaceId: SpaceId;
  readonly #followed = new FollowedClock();
  readonly #heard = Promise.withResolvers<void>();
  #part: StagePart | undefined;
  #term = 0;
  #unwatch: Unsubscribe = () => {};
  #onTiming: OnTiming = () => {};

  constructor(relay: Relay, clock: Clock, spaceId: SpaceId) {
    this.#relay = relay;
    this.#clock = clock;
    this.#spaceId = spaceId;
  }

  /** Of the space, ms since 1970. */
  nowMs(): number {
    return this.#followed.spaceMs(this.#clock.nowMs());
  }

  onTiming(listener: OnTiming): void {
    this.#onTiming = listener;
  }

  /**
   * This stage has that part from now on. A first goes on by the time that it has now.
   * @param term by whose word: what an older one has brought forth doesn't count
   */
  take(part: StagePart, term = 0): void {
    this.#term = term;
    if (part === this.#part) return;
    this.#part = part;
    this.#unwatch();
    // Nothing that the other one said in its other part goes on.
    this.#onTiming(part, undefined);
    if (part === "second") this.#followed.forget();
    else this.#heard.resolve();
    this.#listen(part);
  }

  #listen(part: StagePart): void {
    const key =
      part === "second" ? STATE_KEYS.timing(this.#spaceId) : STATE_KEYS.secondTiming(this.#spaceId);
    // What stands was said some time ago: it tells nothing of the time now.
    let isStanding = true;
    this.#unwatch = this.#relay.watch(key, (_key, value) => {
      if (isStanding) return;
      if (value === undefined && part === "first") this.#onTiming(part, undefined);
      if (!isStageTiming(value) || value.term < this.#term) return;
      if (part === "second") this.#followed.hear(value.atMs, this.#clock.nowMs());
      this.#heard.resolve();
      this.#onTiming(part, value);
    });
    isStanding = false;
  }

  /** Resolves when the first was heard, or nobody can be expected to speak. */
  async heard(): Promise<void> {
    const cancel = this.#clock.after(HEAR_WITHIN_MS, () => this.#heard.resolve());
    await this.#heard.promise;
    cancel();
  }

  close(): void {
    this.#unwatch();
    this.#onTiming = () => {};
    this.#heard.resolve();
  }
}
