import type { Clock, SpaceId, SpaceSnapshot, UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import type { Store, StoredSpace } from "../store/store.ts";
import { isCurrent, type SpaceDirectory } from "./directory.ts";
import type { ListenerCounts } from "./listener-counts.ts";
import type { Placement } from "./placement.ts";
import { newSpace, type SpaceDraft } from "./space-draft.ts";

/** A space, and the most listeners that it had at once: by now, not only as written down. */
export type KnownSpace = StoredSpace;

/** Decides what becomes of a space at `nowMs`; see SpaceRule. */
export type TimedRule = (space: SpaceSnapshot, nowMs: number) => SpaceSnapshot;

export interface SpacesParts {
  readonly store: Store;
  readonly directory: SpaceDirectory;
  readonly listeners: ListenerCounts;
  readonly placement: Placement;
  readonly clock: Clock;
}

/** Opens, finds and changes spaces: first in the store, then, once committed, for all to see. */
export class Spaces {
  readonly #parts: SpacesParts;

  constructor(parts: SpacesParts) {
    this.#parts = parts;
  }

  /** @throws {Refusal} `bad-request` for a start that is out of bounds */
  async open(
    draft: SpaceDraft,
    host: { readonly id: UserId; readonly displayName: string },
  ): Promise<KnownSpace> {
    const { store, directory, placement, clock } = this.#parts;
    const space = newSpace(draft, host, placement.choose(directory.all()), clock.nowMs());
    await store.addSpace(space);
    return this.show({ snapshot: space, peakListeners: 0 });
  }

  /** @throws {Refusal} `not-found`, and what `rule` refuses with */
  async change(id: SpaceId, rule: TimedRule): Promise<KnownSpace> {
    const { store, clock } = this.#parts;
    const stored = await store.changeSpace(id, (space) => rule(space, clock.nowMs()));
    if (stored === undefined) throw unknownSpace();
    return this.show(stored);
  }

  /** The list as it is now, from memory. */
  list(): readonly KnownSpace[] {
    return this.#parts.directory.list().map((snapshot) => this.#known(snapshot));
  }

  /**
   * Current spaces come from memory; only one that ended long ago, or never was, is looked up.
   * @throws {Refusal} `not-found`
   */
  async find(id: SpaceId): Promise<KnownSpace> {
    const current = this.#parts.directory.get(id);
    if (current !== undefined) return this.#known(current);
    const stored = await this.#parts.store.loadSpace(id);
    if (stored === undefined) throw unknownSpace();
    return stored;
  }

  /** Shows everybody what the store holds, unless the space ended too long ago. */
  show(stored: StoredSpace): KnownSpace {
    const { directory, listeners, clock } = this.#parts;
    if (!isCurrent(stored.snapshot, clock.nowMs())) return stored;
    listeners.recall(stored.snapshot.id, stored.peakListeners);
    directory.publish(stored.snapshot);
    return this.#known(stored.snapshot);
  }

  #known(snapshot: SpaceSnapshot): KnownSpace {
    return { snapshot, peakListeners: this.#parts.listeners.of(snapshot.id).peak };
  }
}

function unknownSpace(): Refusal {
  return new Refusal("not-found", "there is no space with that id: check the link");
}
