import {
  type Clock,
  type FrameSource,
  isCount,
  isObject,
  isSpaceId,
  type ProgramFrame,
  type SpaceId,
  STATE_KEYS,
  systemClock,
} from "@rostra/wire";
import { RelayError } from "../errors.ts";
import type { HeardSource } from "../merge/preference.ts";
import { NOBODY_OBSERVES, type RelayObserver } from "../observer.ts";
import {
  type FramesFollower,
  ONLY_STAGE,
  type Relay,
  type StateListener,
  type StateValue,
  type TopicListener,
  type Unsubscribe,
} from "../relay.ts";
import type { Bus } from "./bus.ts";
import { FleetSound } from "./fleet-sound.ts";
import { FleetState } from "./fleet-state.ts";
import { FleetTopics } from "./fleet-topics.ts";
import { ReadingTurns } from "./reading-turns.ts";
import { roundTrip } from "./round-trip.ts";
import { StaleWords } from "./stale-words.ts";

const FLUSH_TIMEOUT_MS = 5_000;

export interface FleetRelayOptions {
  /** Ways to the other processes: each frame and each change goes over all of them. */
  readonly buses: readonly Bus[];
  /** This process: unique in the fleet, letters, digits, `-` and `_`. */
  readonly name: string;
  /** Which fleet: several may share their servers. */
  readonly fleet?: string;
  readonly clock?: Clock;
  /** Told of what the relay had to do. */
  readonly observer?: RelayObserver;
}

/**
 * Joins a fleet. The relay owns the buses from here on.
 * @returns a relay that already holds the whole shared state
 */
export async function joinFleet(options: FleetRelayOptions): Promise<Relay> {
  const relay = new FleetRelay(options);
  await relay.join();
  return relay;
}

class FleetRelay implements Relay {
  readonly closed: Promise<void>;
  readonly #buses: readonly Bus[];
  readonly #clock: Clock;
  readonly #state: FleetState;
  readonly #sound: FleetSound;
  readonly #words: StaleWords;
  readonly #topics: FleetTopics;
  readonly #turns: ReadingTurns;
  readonly #resolveClosed: () => void;
  readonly #reachListeners = new Set<(isReachable: boolean) => void>();
  #isReachable: boolean;
  #open = true;

  constructor(options: FleetRelayOptions) {
    const { buses, name, fleet = "rostra", clock = systemClock } = options;
    const { observer = NOBODY_OBSERVES } = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#buses = buses;
    this.#clock = clock;
    // A process that starts anew under its old name is another author: its old keys may lapse.
    const author = `${name}-${crypto.randomUUID().slice(0, 8)}`;
    const parts = { buses, author, subjects: (word: string) => `${fleet}.${word}`, clock };
    const revisionOf = (spaceId: SpaceId) =>
      pairRevision(this.#state.get(STATE_KEYS.space(spaceId)));
    this.#turns = new ReadingTurns({ buses, clock });
    this.#topics = new FleetTopics(parts);
    this.#words = new StaleWords({
      ...parts,
      revisionOf,
      said: (key) => this.#state.said(key),
      hear: (bytes) => this.#state.hear(bytes),
    });
    const onHeard = (spaceId: SpaceId, source: HeardSource) => this.#words.heard(spaceId, source);
    this.#sound = new FleetSound({ ...parts, turns: this.#turns, observer, revisionOf, onHeard });
    this.#state = new FleetState({
      ...parts,
      onChanged: (key, value) => this.#onChanged(key, value),
      onUnheard: (isUnheard) => observer.unheard(isUnheard),
    });
    this.#isReachable = buses.some(({ connected }) => connected);
    for (const bus of buses) this.#followPath(bus, observer);
  }

  join(): Promise<void> {
    return this.#state.join();
  }

  publishFrames(
    spaceId: SpaceId,
    frames: readonly ProgramFrame[],
    source: FrameSource = ONLY_STAGE,
  ): void {
    if (!this.#open) return;
    this.#words.listen(spaceId);
    this.#sound.publish(spaceId, frames, source);
  }

  follow(spaceId: SpaceId, follower: FramesFollower): Unsubscribe {
    return this.#open ? this.#sound.follow(spaceId, follower) : () => {};
  }

  gatherFrames(withinMs: number, phase: number): void {
    this.#turns.gather(withinMs, phase);
  }

  async history(spaceId: SpaceId, from: number, to: number): Promise<ProgramFrame[]> {
    this.#assertOpen();
    return this.#sound.history(spaceId, from, to);
  }

  async latestFrame(spaceId: SpaceId): Promise<number | undefined> {
    this.#assertOpen();
    return this.#sound.latest(spaceId);
  }

  put(key: string, value: StateValue | undefined, options?: { ephemeral?: boolean }): void {
    if (!this.#open) return;
    this.#state.put(key, value, options?.ephemeral ?? false);
  }

  watch(prefix: string, listener: StateListener): Unsubscribe {
    return this.#state.watch(prefix, listener);
  }

  tell(topic: string, value: StateValue): void {
    if (this.#open) this.#topics.tell(topic, value);
  }

  hear(topic: string, listener: TopicListener): Unsubscribe {
    return this.#open ? this.#topics.hear(topic, listener) : () => {};
  }

  onReach(listener: (isReachable: boolean) => void): Unsubscribe {
    listener(this.#isReachable);
    this.#reachListeners.add(listener);
    return () => void this.#reachListeners.delete(listener);
  }

  async flush(): Promise<void> {
    this.#assertOpen();
    const { promise, reject } = Promise.withResolvers<never>();
    const calm = this.#turns.hurry();
    const cancel = this.#clock.after(FLUSH_TIMEOUT_MS, () => {
      reject(new RelayError("timeout", "no bus took what was said"));
    });
    try {
      await Promise.race([promise, roundTrip(this.#buses, this.#clock)]);
    } finally {
      cancel();
      calm();
    }
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#turns.close();
    this.#reachListeners.clear();
    this.#state.close();
    this.#sound.close();
    this.#words.close();
    this.#topics.close();
    await Promise.all(this.#buses.map((bus) => bus.close()));
    this.#resolveClosed();
  }

  #followPath(bus: Bus, observer: RelayObserver): void {
    observer.path(bus.name, bus.connected);
    const change = () => {
      observer.path(bus.name, bus.connected);
      const isReachable = this.#buses.some(({ connected }) => connected);
      if (isReachable === this.#isReachable) return;
      this.#isReachable = isReachable;
      for (const listener of [...this.#reachListeners]) listener(isReachable);
    };
    bus.onConnected(change);
    bus.onLost(change);
  }

  #onChanged(key: string, value: StateValue | undefined): void {
    // A space that control has let go of needs its sound no longer.
    const spaceId = key.slice(STATE_KEYS.spaces.length);
    if (value !== undefined || !key.startsWith(STATE_KEYS.spaces)) return;
    if (!isSpaceId(spaceId)) return;
    this.#sound.forget(spaceId);
    this.#words.forget(spaceId);
  }

  #assertOpen(): void {
    if (!this.#open) throw new RelayError("closed", "the relay is closed");
  }
}

/** Of a space's snapshot, as far as it's one of two stages: for each frame, so without a whole check. */
function pairRevision(snapshot: StateValue | undefined): number | undefined {
  if (!isObject(snapshot) || snapshot["secondStageName"] === undefined) return undefined;
  return isCount(snapshot["revision"]) ? snapshot["revision"] : undefined;
}
