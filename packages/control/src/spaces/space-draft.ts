import { DEFAULT_SETTINGS, newSpaceId, type SpaceSnapshot } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import type { Person } from "../roles/record.ts";
import { newMember } from "../roles/stage.ts";

const YEAR_MS = 366 * 24 * 3_600_000;

/** What a caller says of a new space. */
export interface SpaceDraft {
  readonly title: string;
  readonly topics?: readonly string[];
  readonly record?: boolean;
  /** ISO 8601 time; the space is scheduled then, else it opens backstage at once. */
  readonly startsAt?: string;
}

/**
 * A new space with its host on stage. The frame number line begins now, also for one that is
 * scheduled: the epoch never changes, so neither do numbers.
 * @throws {Refusal} `bad-request` for a start that is not within the year ahead
 */
export function newSpace(
  draft: SpaceDraft,
  host: Person,
  stageName: string,
  nowMs: number,
): SpaceSnapshot {
  const startsAtMs = draft.startsAt === undefined ? null : Date.parse(draft.startsAt);
  if (startsAtMs !== null && !(startsAtMs > nowMs && startsAtMs <= nowMs + YEAR_MS)) {
    throw new Refusal("bad-request", "startsAt: must be a time within the year ahead");
  }
  return {
    id: newSpaceId(),
    revision: 1,
    title: draft.title,
    topics: draft.topics ?? [],
    state: startsAtMs === null ? "backstage" : "scheduled",
    epochMs: Math.floor(nowMs),
    record: draft.record ?? false,
    stageName,
    members: [newMember(host, "host")],
    settings: DEFAULT_SETTINGS,
    invited: [],
    inCharge: host.id,
    airsAtMs: null,
    endsAtMs: null,
    startsAtMs,
    liveAtMs: null,
    endedAtMs: null,
  };
}
