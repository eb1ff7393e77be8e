import type { Relay } from "@rostra/relay";
import { type SpaceId, type SpaceSnapshot, type SpaceState, STATE_KEYS } from "@rostra/wire";
import type { SpaceRecord } from "../roles/record.ts";

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

/** Revisions of the two parts of a space. */
export interface Revisions {
  readonly snapshot: number;
  readonly notes: number;
}

/**
 * The spaces that people ask for now, in memory and in the relay's state. What is held here has
 * been committed; the list and each join are answered from it, without the store.
 */
export class SpaceDirectory {
  readonly #relay: Relay;
  readonly #spaces = new Map<SpaceId, SpaceRecord>();
  readonly #stored = new Map<SpaceId, Revisions>();
  #listed: readonly SpaceSnapshot[] | undefined;

  constructor(relay: Relay) {
    this.#relay = relay;
  }

  /**
   * Two changes may come back from the store in either order: the newer of each part stays.
   * @param space as committed
   * @returns what is held now
   */
  publish(space: SpaceRecord): SpaceRecord {
    const { id } = space.snapshot;
    const known = this.#spaces.get(id);
    const snapshotIsNew = known === undefined || known.snapshot.revision < space.snapshot.revision;
    const notesAreNew = known === undefined || known.notes.revision < space.notes.revision;
    const held: SpaceRecord = {
      snapshot: snapshotIsNew ? space.snapshot : known.snapshot,
      notes: notesAreNew ? space.notes : known.notes,
      blockLists: space.blockLists,
    };
    this.#spaces.set(id, held);
    if (snapshotIsNew) {
      this.#listed = undefined;
      this.#relay.put(STATE_KEYS.space(id), space.snapshot);
    }
    return held;
  }

  /** Notes that the store has a space with these revisions: what is shown may have others. */
  isStored({ snapshot, notes }: SpaceRecord): void {
    const known = this.#stored.get(snapshot.id);
    this.#stored.set(snapshot.id, {
      snapshot: Math.max(snapshot.revision, known?.snapshot ?? 0),
      notes: Math.max(notes.revision, known?.notes ?? 0),
    });
  }

  /** With which revisions the store was last seen to have a space. */
  storedAt(id: SpaceId): Revisions | undefined {
    return this.#stored.get(id);
  }

  /** Says again in the relay's state what is held. */
  repeat(id: SpaceId): void {
    const held = this.#spaces.get(id);
    if (held !== undefined) this.#relay.put(STATE_KEYS.space(id), held.snapshot);
  }

  /** Takes a space out of memory and out of the relay's state. */
  forget(id: SpaceId): void {
    this.#spaces.delete(id);
    this.#stored.delete(id);
    this.#listed = undefined;
    this.#relay.put(STATE_KEYS.space(id), undefined);
  }

  get(id: SpaceId): SpaceRecord | undefined {
    return this.#spaces.get(id);
  }

  *all(): Iterable<SpaceSnapshot> {
    for (const { snapshot } of this.#spaces.values()) yield snapshot;
  }

  /**
   * Live ones first, then backstage, then scheduled; in each the newest first. Sorted once after
   * each change, however many ask.
   */
  list(): readonly SpaceSnapshot[] {
    this.#listed ??= [...this.all()]
      .filter((space) => space.state !== "ended")
      .sort((a, b) => RANK[a.state] - RANK[b.state] || b.epochMs - a.epochMs)
      .slice(0, LISTED_SPACES);
    return this.#listed;
  }
}
