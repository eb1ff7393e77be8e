import { type Clock, LIMITS, type UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import type { BlockedPerson } from "../roles/record.ts";
import type { SpaceDirectory } from "../spaces/directory.ts";
import { noChange, type Spaces } from "../spaces/spaces.ts";
import type { Store } from "../store/store.ts";

export interface BlockListsParts {
  readonly store: Store;
  readonly spaces: Spaces;
  readonly directory: SpaceDirectory;
  readonly clock: Clock;
}

/** People's own block lists: seen by their owner alone, and in force wherever they host. */
export class BlockLists {
  readonly #parts: BlockListsParts;

  constructor(parts: BlockListsParts) {
    this.#parts = parts;
  }

  /** @throws {Refusal} `bad-request` for oneself, `full` */
  async block(owner: UserId, id: UserId): Promise<void> {
    if (owner === id) throw new Refusal("bad-request", "you can't block yourself");
    const { store, clock } = this.#parts;
    const person = { id, displayName: this.#nameOf(id), atMs: clock.nowMs() };
    if (!(await store.addBlock(owner, person, LIMITS.blockedPeople))) {
      throw new Refusal("full", `you block ${LIMITS.blockedPeople} people: unblock one first`);
    }
    await this.#bringInForce(owner);
  }

  async unblock(owner: UserId, id: UserId): Promise<void> {
    await this.#parts.store.removeBlock(owner, id);
    await this.#bringInForce(owner);
  }

  list(owner: UserId): Promise<BlockedPerson[]> {
    return this.#parts.store.loadBlocks(owner);
  }

  /** Each space reads the list anew, and shows out whom it names. */
  async #bringInForce(host: UserId): Promise<void> {
    const { directory, spaces } = this.#parts;
    const hosted = [...directory.all()].filter(
      ({ state, members }) =>
        state !== "ended" && members.some(({ id, role }) => id === host && role === "host"),
    );
    for (const { id } of hosted) await spaces.change(id, noChange);
  }

  /** Guests are kept nowhere: a name is known only of those who are to be seen somewhere. */
  #nameOf(userId: UserId): string | null {
    const { directory } = this.#parts;
    for (const { id } of directory.all()) {
      const { snapshot, notes } = directory.get(id)!;
      const seen = [...snapshot.members, ...notes.hands].find((person) => person.id === userId);
      if (seen !== undefined) return seen.displayName;
    }
    return null;
  }
}
