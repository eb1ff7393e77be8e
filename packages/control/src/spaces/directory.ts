import type { Relay } from "@rostra/relay";
import { type SpaceId, type SpaceSnapshot, type SpaceState, STATE_KEYS } from "@rostra/wire";

/** Spaces in one answer of the list. */
export const LISTED_SPACES = 100;

/** How long an ended space is still shown, so that edges can say that it ended, not 404. */
export const ENDED_SHOWN_MS = 3_600_000;

/** Whether a space is one that people ask for at `nowMs`. */
export function isCurrent(space: SpaceSnapshot, nowMs: number): boolean {
  return space.endedAtMs === null || space.endedAtMs >= nowMs - ENDED_SHOWN_MS;
}

/** Where a state stands in the list. */
const RANK: { readonly [State in SpaceState]: number } = {
  live: 0,
  backstage: 1,
  scheduled: 2,
  ended: 3,
};

/**
 * The spaces that people ask for now, in memory and in the relay's state. What is held here has
 * been committed; the list and each join are answered from it, without the store.
 */
export class SpaceDirectory {
  readonly #relay: Relay;
  readonly #spaces = new Map<SpaceId, SpaceSnapshot>();
  #listed: readonly SpaceSnapshot[] | undefined;

  constructor(relay: Relay) {
    this.#relay = relay;
  }

  /**
   * Two changes may come back from the store in either order: the newer one stays.
   * @param space as committed
   */
  publish(space: SpaceSnapshot): void {
    const known = this.#spaces.get(space.id);
    if (known !== undefined && known.revision >= space.revision) return;
    this.#spaces.set(space.id, space);
    this.#listed = undefined;
    this.#relay.put(STATE_KEYS.space(space.id), space);
  }

  /** Takes a space out of memory and out of the relay's state. */
  forget(id: SpaceId): void {
    this.#spaces.delete(id);
    this.#listed = undefined;
    this.#relay.put(STATE_KEYS.space(id), undefined);
  }

  get(id: SpaceId): SpaceSnapshot | undefined {
    return this.#spaces.get(id);
  }

  all(): Iterable<SpaceSnapshot> {
    return this.#spaces.values();
  }

  /**
   * Live ones first, then backstage, then scheduled; in each the newest first. Sorted once after
   * each change, however many ask.
   */
  list(): readonly SpaceSnapshot[] {
    this.#listed ??= [...this.#spaces.values()]
      .filter((space) => space.state !== "ended")
      .sort((a, b) => RANK[a.state] - RANK[b.state] || b.epochMs - a.epochMs)
      .slice(0, LISTED_SPACES);
    return this.#listed;
  }
}
