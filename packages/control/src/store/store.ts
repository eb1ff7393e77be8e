import type { SpaceId, SpaceSnapshot } from "@rostra/wire";

/** A space as it is kept: what everybody is told of it, and what only control knows. */
export interface StoredSpace {
  readonly snapshot: SpaceSnapshot;
  /** Most listeners at one moment, as far as it was written down. */
  readonly peakListeners: number;
}

/**
 * Decides what becomes of a space. Pure: it may run more than once. Returning the same object
 * changes nothing; throwing changes nothing and reaches the caller.
 */
export type SpaceRule = (space: SpaceSnapshot) => SpaceSnapshot;

/**
 * What control remembers. Every method that resolves has been committed: the answer to a caller
 * may be given. Adapters pass the suite in test/contract/store-contract.ts.
 */
export interface Store {
  /** Keeps a new space with its members; its revision is 1. */
  addSpace(space: SpaceSnapshot): Promise<void>;

  /**
   * Applies `rule` in a transaction that no other change of the same space can cross, and counts
   * the revision up by one.
   * @returns the space as it is now; undefined for an id that isn't known
   * @throws whatever `rule` throws
   */
  changeSpace(id: SpaceId, rule: SpaceRule): Promise<StoredSpace | undefined>;

  loadSpace(id: SpaceId): Promise<StoredSpace | undefined>;

  /** Spaces that have not ended, and those that ended at `endedSinceMs` or later. */
  loadCurrentSpaces(endedSinceMs: number): Promise<StoredSpace[]>;

  /** Writes peaks down where they are higher than what is there. No revision changes. */
  raisePeaks(peaks: ReadonlyMap<SpaceId, number>): Promise<void>;

  /** Waits for what is under way. The store can't be used afterwards. */
  close(): Promise<void>;
}
