import type { Clock, SpaceId, SpaceSnapshot, UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import type { SpaceRule, Store } from "../store/store.ts";
import type { SpaceDirectory } from "./directory.ts";
import type { Placement } from "./placement.ts";
import { newSpace, type SpaceDraft } from "./space-draft.ts";

/** Opens, finds and changes spaces: first in the store, then, once committed, for all to see. */
export class Spaces {
  readonly #store: Store;
  readonly #directory: SpaceDirectory;
  readonly #placement: Placement;
  readonly #clock: Clock;

  constructor(parts: {
    readonly store: Store;
    readonly directory: SpaceDirectory;
    readonly placement: Placement;
    readonly clock: Clock;
  }) {
    this.#store = parts.store;
    this.#directory = parts.directory;
    this.#placement = parts.placement;
    this.#clock = parts.clock;
  }

  async open(
    draft: SpaceDraft,
    host: { readonly id: UserId; readonly displayName: string },
  ): Promise<SpaceSnapshot> {
    const stageName = this.#placement.choose(this.#directory.all());
    const space = newSpace(draft, host, stageName, this.#clock.nowMs());
    await this.#store.addSpace(space);
    this.#directory.publish(space);
    return space;
  }

  /**
   * @param rule decides what becomes of the space at `nowMs`
   * @throws {Refusal} `not-found`, and what `rule` refuses with
   */
  async change(
    id: SpaceId,
    rule: (space: SpaceSnapshot, nowMs: number) => ReturnType<SpaceRule>,
  ): Promise<SpaceSnapshot> {
    const stored = await this.#store.changeSpace(id, (space) => rule(space, this.#clock.nowMs()));
    if (stored === undefined) throw unknownSpace();
    // Also where nothing changed: what another control changed becomes known here.
    this.#directory.publish(stored.snapshot);
    return stored.snapshot;
  }

  list(): readonly SpaceSnapshot[] {
    return this.#directory.list();
  }

  /**
   * Current spaces come from memory; only one that ended long ago, or never was, is looked up.
   * @throws {Refusal} `not-found`
   */
  async find(id: SpaceId): Promise<SpaceSnapshot> {
    const space = this.#directory.get(id) ?? (await this.#store.loadSpace(id))?.snapshot;
    if (space === undefined) throw unknownSpace();
    return space;
  }
}

function unknownSpace(): Refusal {
  return new Refusal("not-found", "there is no space with that id: check the link");
}
