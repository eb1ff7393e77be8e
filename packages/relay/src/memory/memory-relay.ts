import type { Clock, FrameSource, ProgramFrame, SpaceId } from "@rostra/wire";
import { RelayError } from "../errors.ts";
import { Followers } from "../followers.ts";
import { Hearers } from "../hearers.ts";
import { type HubPeer, RelayHub } from "../hub.ts";
import {
  type FramesFollower,
  ONLY_STAGE,
  type Relay,
  type StateListener,
  type StateValue,
  type TopicListener,
  type Unsubscribe,
} from "../relay.ts";
import { StateReplica } from "../state-replica.ts";

/** The relay within one process: for tests and for soaks at more than real speed. */
export class MemoryRelayWorld {
  readonly #hub: RelayHub;

  constructor(clock?: Clock) {
    this.#hub = new RelayHub(clock);
  }

  /** Each joins as if it were a process of its own. */
  join(): Relay {
    return new MemoryRelay(this.#hub);
  }
}

/**
 * @param clock what frames of a pair of stages are held back by; left out: the system's
 * @returns a world whose `join()` gives any number of relays that reach each other
 */
export function memoryRelay(clock?: Clock): MemoryRelayWorld {
  return new MemoryRelayWorld(clock);
}

class MemoryRelay implements Relay, HubPeer {
  readonly closed: Promise<void>;
  readonly #hub: RelayHub;
  readonly #replica = new StateReplica();
  readonly #followers = new Followers({
    onFirst: (spaceId) => this.#hub.follow(this, spaceId),
    onNone: (spaceId) => this.#hub.unfollow(this, spaceId),
  });
  readonly #hearers = new Hearers({
    onFirst: (topic) => this.#hub.hear(this, topic),
    onNone: (topic) => this.#hub.unhear(this, topic),
  });
  readonly #resolveClosed: () => void;
  #open = true;

  constructor(hub: RelayHub) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#hub = hub;
    hub.join(this);
  }

  frames(spaceId: SpaceId, frames: readonly ProgramFrame[]): void {
    this.#followers.hand(spaceId, frames);
  }

  state(key: string, value: StateValue | undefined): void {
    this.#replica.apply(key, value);
  }

  told(topic: string, value: StateValue): void {
    this.#hearers.hand(topic, value);
  }

  publishFrames(
    spaceId: SpaceId,
    frames: readonly ProgramFrame[],
    source: FrameSource = ONLY_STAGE,
  ): void {
    if (this.#open) this.#hub.publishFrames(this, spaceId, frames, source);
  }

  follow(spaceId: SpaceId, follower: FramesFollower): Unsubscribe {
    return this.#open ? this.#followers.add(spaceId, follower) : () => {};
  }

  /** Within a process nobody is woken. */
  gatherFrames(): void {}

  async history(spaceId: SpaceId, from: number, to: number): Promise<ProgramFrame[]> {
    this.#assertOpen();
    return this.#hub.history(spaceId, from, to);
  }

  async latestFrame(spaceId: SpaceId): Promise<number | undefined> {
    this.#assertOpen();
    return this.#hub.latestFrame(spaceId);
  }

  put(key: string, value: StateValue | undefined, options?: { ephemeral?: boolean }): void {
    if (!this.#open) return;
    const copy = value === undefined ? undefined : throughJson(value);
    this.#hub.put(this, key, copy, options?.ephemeral ?? false);
  }

  tell(topic: string, value: StateValue): void {
    if (this.#open) this.#hub.tell(this, topic, throughJson(value));
  }

  hear(topic: string, listener: TopicListener): Unsubscribe {
    return this.#open ? this.#hearers.add(topic, listener) : () => {};
  }

  watch(prefix: string, listener: StateListener): Unsubscribe {
    return this.#replica.watch(prefix, listener);
  }

  /** All that there is lies in this process. */
  onReach(listener: (isReachable: boolean) => void): Unsubscribe {
    listener(true);
    return () => {};
  }

  async flush(): Promise<void> {
    this.#assertOpen();
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#hub.leave(this);
    this.#followers.clear();
    this.#hearers.clear();
    this.#replica.clear();
    this.#resolveClosed();
  }

  #assertOpen(): void {
    if (!this.#open) throw new RelayError("closed", "the relay is closed");
  }
}

/** As on every real path: what doesn't survive it must fail here too. */
function throughJson(value: StateValue): StateValue {
  return JSON.parse(JSON.stringify(value)) as StateValue;
}
