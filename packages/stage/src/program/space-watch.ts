import type { Relay, Unsubscribe } from "@rostra/relay";
import { isSpaceSnapshot, type SpaceId, type SpaceSnapshot, STATE_KEYS } from "@rostra/wire";

/**
 * What control has last said of each space. Kept here too, so that a stage goes on with the last
 * known roles while control, or even the relay, is away.
 */
export class SpaceWatch {
  readonly #relay: Relay;
  readonly #snapshots = new Map<SpaceId, SpaceSnapshot>();
  #unsubscribe: Unsubscribe = () => {};

  constructor(relay: Relay) {
    this.#relay = relay;
  }

  get(spaceId: SpaceId): SpaceSnapshot | undefined {
    return this.#snapshots.get(spaceId);
  }

  all(): Iterable<SpaceSnapshot> {
    return this.#snapshots.values();
  }

  /** @param onChange called for each space that stands now, then for each change; undefined: gone */
  start(onChange: (spaceId: SpaceId, snapshot: SpaceSnapshot | undefined) => void): void {
    this.#unsubscribe = this.#relay.watch(STATE_KEYS.spaces, (key, value) => {
      const spaceId = key.slice(STATE_KEYS.spaces.length) as SpaceId;
      if (this.#take(spaceId, value)) onChange(spaceId, this.#snapshots.get(spaceId));
    });
  }

  /** @returns false where `value` is no newer snapshot of the space: nothing changes then */
  #take(spaceId: SpaceId, value: unknown): boolean {
    if (value === undefined) return this.#snapshots.delete(spaceId);
    if (!isSpaceSnapshot(value) || value.id !== spaceId) return false;
    const known = this.#snapshots.get(spaceId);
    if (known !== undefined && known.revision >= value.revision) return false;
    this.#snapshots.set(spaceId, value);
    return true;
  }

  close(): void {
    this.#unsubscribe();
  }
}
