import type { SpaceId, SpaceSnapshot, UserId } from "@rostra/wire";
import type { Landing, Written } from "../roles/ahead.ts";
import type { BlockedPerson, SpaceRecord } from "../roles/record.ts";

/** A space as it is kept. */
export interface StoredSpace extends SpaceRecord {
  /** Most listeners at one moment, as far as it was written down. */
  readonly peakListeners: number;
  /** Of changes that were made without the store those that are in it; left out: none ever were. */
  readonly written?: Written;
}

/**
 * Decides what becomes of a space. Pure: it may run more than once. Returning the same object
 * changes nothing; throwing changes nothing and reaches the caller.
 */
export type SpaceRule = (space: StoredSpace) => Landing;

/**
 * What control remembers. Every method that resolves has been committed: the answer to a caller
 * may be given. Adapters pass the suite in test/contract/store-contract.ts.
 */
export interface Store {
  /** Keeps a new space with its members; its revision is 1. */
  addSpace(space: SpaceSnapshot): Promise<void>;

  /**
   * Applies `rule` in a transaction that no other change of the same space can cross. The snapshot
   * and the notes are written where they are another object than before, and the revision of each
   * is counted up by one then; block lists are only read. What the rule says is `written` is kept with it.
   * @param listsOf whose block lists `rule` needs besides the host's
   * @param aboveRevision what is written gets a revision above it: it was shown without the store
   * @returns the space as it is now; undefined for an id that isn't known
   * @throws whatever `rule` throws
   */
  changeSpace(
    id: SpaceId,
    rule: SpaceRule,
    listsOf?: readonly UserId[],
    aboveRevision?: number,
  ): Promise<StoredSpace | undefined>;

  loadSpace(id: SpaceId): Promise<StoredSpace | undefined>;

  /** Spaces that have not ended, and those that ended at `endedSinceMs` or later. */
  loadCurrentSpaces(endedSinceMs: number): Promise<StoredSpace[]>;

  /** Writes peaks down where they are higher than what is there. No revision changes. */
  raisePeaks(peaks: ReadonlyMap<SpaceId, number>): Promise<void>;

  /**
   * Puts somebody on a person's own block list; there already is no error.
   * @param most people whom the list may hold
   * @returns false where it holds so many already: nothing has changed
   */
  addBlock(owner: UserId, blocked: BlockedPerson, most: number): Promise<boolean>;

  /** Takes somebody off a person's own block list; not there is no error. */
  removeBlock(owner: UserId, blockedId: UserId): Promise<void>;

  /** A person's own block list, the first blocked first. */
  loadBlocks(owner: UserId): Promise<BlockedPerson[]>;

  /**
   * Keeps a secret, unless there is one of that name.
   * @returns the one that is kept: the same for all who ask, whenever they do
   */
  keepSecret(name: string, secret: string): Promise<string>;

  /** Waits for what is under way. The store can't be used afterwards. */
  close(): Promise<void>;
}
