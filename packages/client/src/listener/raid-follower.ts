import { type Cancel, type Clock, type Raid, systemClock } from "@rostra/wire";
import { type Observable, Subject, type Unsubscribe } from "../observable.ts";
import type { SpaceListener } from "./space-listener.ts";

/** The new listener must sound within this time, or the old one goes on, ms. */
const SOUNDS_WITHIN_MS = 10_000;

/** What a page shows of a raid that takes its listener along. */
export interface RaidFollowing {
  /** Null: there is none. */
  readonly raid: Raid | null;
  /** waiting for the moment; stays by the person's wish; moving: the other space is being opened. */
  readonly phase: "none" | "waiting" | "stays" | "moving";
}

export interface RaidFollowerOptions {
  readonly listener: SpaceListener;
  /** The new listener plays: it is the callee's from now on. The old one is the callee's to close. */
  readonly moved: (listener: SpaceListener, raid: Raid) => void;
  /** Makes a listener for the other space, with `cameFrom`: its owner until it plays is the follower. */
  readonly open: (raid: Raid) => SpaceListener;
  readonly clock?: Clock;
  /** 0 (inclusive) to 1 (exclusive): when in the raid's time this listener moves. */
  readonly random?: () => number;
}

const NONE: RaidFollowing = { raid: null, phase: "none" };

/**
 * Goes along when the space's host takes the audience to another space, unless the person stays:
 * the other space plays before this one falls silent. Who isn't playing stays where they are.
 */
export class RaidFollower {
  readonly #options: RaidFollowerOptions;
  readonly #clock: Clock;
  readonly #state = new Subject<RaidFollowing>(NONE);
  readonly #unsubscribe: Unsubscribe;
  #cancel: Cancel = () => {};
  #next: SpaceListener | null = null;
  #stopNext: Unsubscribe = () => {};

  constructor(options: RaidFollowerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#unsubscribe = options.listener.state.subscribe(({ raids }) => {
      const leaving = raids.find(({ side }) => side === "leaving");
      this.#onRaid(leaving?.raid ?? null);
    });
  }

  get state(): Observable<RaidFollowing> {
    return this.#state;
  }

  /** The person stays; nothing else of this raid happens. */
  stay(): void {
    const { raid } = this.#state.value;
    if (raid === null) return;
    this.#drop();
    this.#state.patch({ phase: "stays" });
  }

  close(): void {
    this.#unsubscribe();
    this.#drop();
    this.#state.patch(NONE);
  }

  #onRaid(raid: Raid | null): void {
    const known = this.#state.value.raid;
    if (raid === null) {
      if (known === null) return;
      this.#drop();
      this.#state.patch(NONE);
    } else if (known?.to !== raid.to || known.startsAtMs !== raid.startsAtMs) {
      this.#drop();
      this.#state.patch({ raid, phase: "waiting" });
      this.#cancel = this.#clock.after(this.#waitMs(raid), () => void this.#move(raid));
    }
  }

  #waitMs({ startsAtMs, spreadMs }: Raid): number {
    const { listener, random = Math.random } = this.#options;
    const nowMs = this.#clock.nowMs() + listener.state.value.clockOffsetMs;
    return Math.max(0, startsAtMs - nowMs) + random() * spreadMs;
  }

  /** Never rejects: where it comes to nothing the person stays. */
  async #move(raid: Raid): Promise<void> {
    const { listener, open } = this.#options;
    if (!listener.state.value.wanted) return this.stay();
    this.#state.patch({ phase: "moving" });
    const next = open(raid);
    this.#next = next;
    this.#cancel = this.#clock.after(SOUNDS_WITHIN_MS, () => this.stay());
    this.#stopNext = next.state.subscribe(({ playing }) => {
      if (playing && this.#next === next) this.#arrived(next, raid);
    });
    try {
      await next.start();
    } catch {
      if (this.#next === next) this.stay();
    }
  }

  #arrived(next: SpaceListener, raid: Raid): void {
    this.#cancel();
    this.#next = null;
    // Called once before `subscribe` returns: the turn after has its unsubscribe.
    queueMicrotask(() => this.#stopNext());
    this.#unsubscribe();
    this.#options.moved(next, raid);
  }

  #drop(): void {
    this.#cancel();
    this.#stopNext();
    void this.#next?.close();
    this.#next = null;
  }
}
