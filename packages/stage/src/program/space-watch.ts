import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  type Clock,
  isSpaceSnapshot,
  MissedSpaces,
  type SpaceId,
  type SpaceSnapshot,
  STATE_KEYS,
} from "@rostra/wire";

/** @param snapshot undefined: control let go of the space, a while ago */
export type SpaceListener = (spaceId: SpaceId, snapshot: SpaceSnapshot | undefined) => void;

/**
 * What control has last said of each space. Kept here too, so that a stage goes on with the last
 * known roles while control, or even the relay, is away.
 */
export class SpaceWatch {
  readonly #relay: Relay;
  readonly #snapshots = new Map<SpaceId, SpaceSnapshot>();
  readonly #missed: MissedSpaces;
  #onChange: SpaceListener = () => {};
  #unsubscribe: Unsubscribe = () => {};

  constructor(relay: Relay, clock: Clock) {
    this.#relay = relay;
    this.#missed = new MissedSpaces(clock, (spaceId) => {
      this.#snapshots.delete(spaceId);
      this.#onChange(spaceId, undefined);
    });
  }

  get(spaceId: SpaceId): SpaceSnapshot | undefined {
    return this.#snapshots.get(spaceId);
  }

  all(): Iterable<SpaceSnapshot> {
    return this.#snapshots.values();
  }

  /** @param onChange called for each space that stands now, then for each change */
  start(onChange: SpaceListener): void {
    this.#onChange = onChange;
    this.#unsubscribe = this.#relay.watch(STATE_KEYS.spaces, (key, value) => {
      const spaceId = key.slice(STATE_KEYS.spaces.length) as SpaceId;
      if (this.#take(spaceId, value)) onChange(spaceId, this.#snapshots.get(spaceId));
    });
  }

  /** @returns false where `value` is no newer snapshot of the space: nothing changes then */
  #take(spaceId: SpaceId, value: unknown): boolean {
    const known = this.#snapshots.get(spaceId);
    if (value === undefined) {
      if (known !== undefined) this.#missed.miss(spaceId);
      return false;
    }
    if (!isSpaceSnapshot(value) || value.id !== spaceId) return false;
    this.#missed.found(spaceId);
    if (known !== undefined && known.revision >= value.revision) return false;
    this.#snapshots.set(spaceId, value);
    return true;
  }

  close(): void {
    this.#missed.close();
    this.#unsubscribe();
  }
}
