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

/** A second that has just begun says this of no voice: so the first says at once what time it is. */
export const ASKING_FRAME = 0;
/**
 * Each says something once a second. After so long without a word the first waits for no other one, ms: in a
 * shorter cut nothing moves, and afterwards nothing has to be moved back. Where control says that the other has
 * gone it doesn't wait at all.
 */
const SILENT_MS = 10_000;
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
  /** When the other one was heard, while it is waited for. */
  #heardAtMs: number | undefined;
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
    this.#heardAtMs = undefined;
    if (part === "second") this.#followed.forget();
    else this.#heard.resolve();
    this.#listen(part);
    if (part === "second") this.#ask();
  }

  /** Now and then: a first doesn't wait for a second that has fallen silent. */
  look(): void {
    const nowMs = this.#clock.nowMs();
    if (this.#heardAtMs === undefined || nowMs - this.#heardAtMs <= SILENT_MS) return;
    this.forgetOther();
  }

  /** The other one has gone, or is another one now. */
  forgetOther(): void {
    this.#heardAtMs = undefined;
    if (this.#part === "first") this.#onTiming("first", undefined);
  }

  #ask(): void {
    const asking = { term: this.#term, frame: ASKING_FRAME, atMs: this.#clock.nowMs(), voices: [] };
    this.#relay.tell(STATE_KEYS.secondTiming(this.#spaceId), asking);
  }

  #listen(part: StagePart): void {
    const key =
      part === "second" ? STATE_KEYS.timing(this.#spaceId) : STATE_KEYS.secondTiming(this.#spaceId);
    const stopHearing = this.#relay.hear(key, (value) => this.#hear(part, value));
    // A stage of the version before says it to everybody. What stands was said some time ago: it tells
    // nothing of the time now.
    let isStanding = true;
    const stopWatching = this.#relay.watch(key, (_key, value) => {
      if (!isStanding) this.#hear(part, value);
    });
    isStanding = false;
    this.#unwatch = () => {
      stopHearing();
      stopWatching();
    };
  }

  #hear(part: StagePart, value: unknown): void {
    if (!isStageTiming(value) || value.term < this.#term) return;
    const nowMs = this.#clock.nowMs();
    if (part === "second") this.#followed.hear(value.atMs, nowMs);
    this.#heardAtMs = nowMs;
    this.#heard.resolve();
    this.#onTiming(part, value);
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
