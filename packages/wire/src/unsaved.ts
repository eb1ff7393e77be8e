import { isArrayOf, isCount, isObject, isTimeMs } from "./check.ts";
import { isUserId, type UserId } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/** Somebody whom a host took off the stage. */
export interface UnsavedRemoval {
  readonly id: UserId;
  readonly atMs: number;
}

/**
 * What hosts have taken away in a space while control's store was out of reach. It holds already, and
 * stands in the relay's state until a control has written it down: nobody may come back unmuted.
 */
export interface Unsaved {
  /** Of the snapshot that shows it: what is written down later must be higher. */
  readonly revision: number;
  readonly muted: readonly UserId[];
  readonly locked: readonly UserId[];
  readonly removed: readonly UnsavedRemoval[];
}

/** Nobody has more people on stage, or has shown out more while the store was away. */
const MOST = LIMITS.blockedPeople;

export function isUnsaved(value: unknown): value is Unsaved {
  if (!isObject(value)) return false;
  const isRemoval = (item: unknown): item is UnsavedRemoval =>
    isObject(item) && isUserId(item["id"]) && isTimeMs(item["atMs"]);
  return (
    isCount(value["revision"]) &&
    isArrayOf(value["muted"], MOST, isUserId) &&
    isArrayOf(value["locked"], MOST, isUserId) &&
    isArrayOf(value["removed"], MOST, isRemoval)
  );
}
