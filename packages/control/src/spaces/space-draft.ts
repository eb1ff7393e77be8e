import { DEFAULT_SETTINGS, newSpaceId, type SpaceSnapshot, type UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import { newMember, refuseEnded, refuseNonModerators } from "../stage-members/roster.ts";

const YEAR_MS = 366 * 24 * 3_600_000;

/** What a caller says of a new space. */
export interface SpaceDraft {
  readonly title: string;
  readonly topics?: readonly string[];
  readonly record?: boolean;
  /** ISO 8601 time; the space is scheduled then, else it opens backstage at once. */
  readonly startsAt?: string;
}

/** What may change in a space until it ends; what is left out stays as it is. */
export type SpaceEdit = Partial<Pick<SpaceDraft, "title" | "topics" | "record">>;

/**
 * A new space with its host on stage. The frame number line begins now, also for one that is
 * scheduled: the epoch never changes, so neither do numbers.
 * @throws {Refusal} `bad-request` for a start that is not within the year ahead
 */
export function newSpace(
  draft: SpaceDraft,
  host: { readonly id: UserId; readonly displayName: string },
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

/** @throws {Refusal} `ended`, `forbidden` */
export function editSpace(space: SpaceSnapshot, actor: UserId, edit: SpaceEdit): SpaceSnapshot {
  refuseEnded(space);
  refuseNonModerators(space, actor);
  const title = edit.title ?? space.title;
  const topics = edit.topics ?? space.topics;
  const record = edit.record ?? space.record;
  const same =
    title === space.title &&
    record === space.record &&
    topics.length === space.topics.length &&
    topics.every((topic, index) => topic === space.topics[index]);
  return same ? space : { ...space, title, topics, record };
}
