import {
  type Clock,
  type FrameSource,
  isSpaceId,
  type ProgramFrame,
  type SpaceId,
  STATE_KEYS,
  systemClock,
} from "@rostra/wire";
import { MergedSound } from "./merge/merged-sound.ts";
import { NOBODY_OBSERVES } from "./observer.ts";
import type { StateValue } from "./relay.ts";

/** A process that has joined the hub, as the hub reaches it. */
export interface HubPeer {
  /** Only called for spaces that the peer follows. Must not block; may drop. */
  frames(spaceId: SpaceId, frames: readonly ProgramFrame[]): void;
  state(key: string, value: StateValue | undefined): void;
  /** Only called for topics that the peer hears. */
  told(topic: string, value: StateValue): void;
}

/**
 * The middle of the embedded relay: hands frames and state from each process to the others and
 * remembers both. Of the frames of a pair of stages it makes one line for everybody. It knows nothing
 * of sockets, so the same hub serves one process or many.
 */
export class RelayHub {
  readonly #sound: MergedSound;
  readonly #state = new Map<string, { value: StateValue; owner: HubPeer | undefined }>();
  readonly #peers = new Set<HubPeer>();
  readonly #followers = new Map<SpaceId, Set<HubPeer>>();
  readonly #hearers = new Map<string, Set<HubPeer>>();

  constructor(clock: Clock = systemClock) {
    this.#sound = new MergedSound({
      clock,
      observer: NOBODY_OBSERVES,
      onReleased: (spaceId, frames) => this.#handOut(undefined, spaceId, frames),
    });
  }

  /** From now on the peer hears of every change of state; what stands now it is told at once. */
  join(peer: HubPeer): void {
    for (const [key, { value }] of this.#state) peer.state(key, value);
    this.#peers.add(peer);
  }

  /** Takes the peer's ephemeral keys away with it. */
  leave(peer: HubPeer): void {
    this.#peers.delete(peer);
    for (const spaceId of [...this.#followers.keys()]) this.unfollow(peer, spaceId);
    for (const topic of [...this.#hearers.keys()]) this.unhear(peer, topic);
    for (const [key, { owner }] of [...this.#state]) {
      if (owner === peer) this.#remove(key);
    }
  }

  follow(peer: HubPeer, spaceId: SpaceId): void {
    addTo(this.#followers, spaceId, peer);
  }

  unfollow(peer: HubPeer, spaceId: SpaceId): void {
    removeFrom(this.#followers, spaceId, peer);
  }

  hear(peer: HubPeer, topic: string): void {
    addTo(this.#hearers, topic, peer);
  }

  unhear(peer: HubPeer, topic: string): void {
    removeFrom(this.#hearers, topic, peer);
  }

  /** Hands on what is told to those who hear of it now. */
  tell(from: HubPeer, topic: string, value: StateValue): void {
    for (const peer of this.#hearers.get(topic) ?? []) if (peer !== from) peer.told(topic, value);
  }

  publishFrames(
    from: HubPeer,
    spaceId: SpaceId,
    frames: readonly ProgramFrame[],
    source: FrameSource,
  ): void {
    this.#handOut(from, spaceId, this.#sound.take(spaceId, frames, source));
  }

  history(spaceId: SpaceId, from: number, to: number): ProgramFrame[] {
    return this.#sound.memory.range(spaceId, from, to);
  }

  latestFrame(spaceId: SpaceId): number | undefined {
    return this.#sound.memory.latest(spaceId);
  }

  put(from: HubPeer, key: string, value: StateValue | undefined, ephemeral: boolean): void {
    if (value === undefined) {
      this.#remove(key);
      return;
    }
    this.#state.set(key, { value, owner: ephemeral ? from : undefined });
    for (const peer of this.#peers) peer.state(key, value);
  }

  close(): void {
    this.#sound.close();
  }

  #handOut(from: HubPeer | undefined, spaceId: SpaceId, frames: readonly ProgramFrame[]): void {
    if (frames.length === 0) return;
    for (const peer of this.#followers.get(spaceId) ?? []) {
      if (peer !== from) peer.frames(spaceId, frames);
    }
  }

  #remove(key: string): void {
    if (!this.#state.delete(key)) return;
    // A space that control has let go of needs its sound no longer.
    const spaceId = key.slice(STATE_KEYS.spaces.length);
    if (key.startsWith(STATE_KEYS.spaces) && isSpaceId(spaceId)) this.#sound.forget(spaceId);
    for (const peer of this.#peers) peer.state(key, undefined);
  }
}

function addTo<K>(peersBy: Map<K, Set<HubPeer>>, key: K, peer: HubPeer): void {
  const here = peersBy.get(key);
  if (here === undefined) peersBy.set(key, new Set([peer]));
  else here.add(peer);
}

function removeFrom<K>(peersBy: Map<K, Set<HubPeer>>, key: K, peer: HubPeer): void {
  const here = peersBy.get(key);
  if (here?.delete(peer) === true && here.size === 0) peersBy.delete(key);
}
