import { isCount, isObject, isOneOf, isShortText, isTimeMs } from "./check.ts";
import { isSpaceId, type SpaceId } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/**
 * One space takes its audience along to another. Shared state `raid/{from}`, written by control; it
 * stands from the announcement until all had time to arrive, and is taken away where somebody says no.
 */
export interface Raid {
  readonly from: SpaceId;
  readonly fromTitle: string;
  readonly to: SpaceId;
  readonly toTitle: string;
  /** How many listened as it was announced. */
  readonly listeners: number;
  /** When the first listeners move, ms since 1970; until then the hosts of either may call it off. */
  readonly startsAtMs: number;
  /** Each listener moves at a random moment of so long, ms. */
  readonly spreadMs: number;
}

export const RAID_SIDES = ["leaving", "arriving"] as const;
/** leaving: of the space whose audience goes; arriving: of the one that gets it. */
export type RaidSide = (typeof RAID_SIDES)[number];

/** A raid as one of its two rooms is told of it. */
export interface RaidNews {
  readonly side: RaidSide;
  /** Null: it has been called off, or is over. */
  readonly raid: Raid | null;
  /** Listeners who have come along so far, on all edges. */
  readonly arrived: number;
}

export function isRaid(value: unknown): value is Raid {
  return (
    isObject(value) &&
    isSpaceId(value["from"]) &&
    isShortText(value["fromTitle"], LIMITS.titleChars) &&
    isSpaceId(value["to"]) &&
    isShortText(value["toTitle"], LIMITS.titleChars) &&
    isCount(value["listeners"]) &&
    isTimeMs(value["startsAtMs"]) &&
    isCount(value["spreadMs"])
  );
}

export function isRaidNews(value: unknown): value is RaidNews {
  return (
    isObject(value) &&
    isOneOf(value["side"], RAID_SIDES) &&
    (value["raid"] === null || isRaid(value["raid"])) &&
    isCount(value["arrived"])
  );
}
