import { isArrayOf, isCount, isObject, isOneOf, isShortText, isTimeMs } from "./check.ts";
import { WireError } from "./errors.ts";
import { isSpaceId, isUserId, type SpaceId, type UserId } from "./ids.ts";
import { LIMITS } from "./limits.ts";

export const SPACE_STATES = ["scheduled", "backstage", "live", "ended"] as const;
/** Where a space is in its life. It only ever moves to the right. */
export type SpaceState = (typeof SPACE_STATES)[number];

export const STAGE_ROLES = ["host", "cohost", "speaker"] as const;
export type StageRole = (typeof STAGE_ROLES)[number];

/** Somebody who may be heard. Whether they are connected is the stage's to say. */
export interface StageMember {
  readonly id: UserId;
  readonly displayName: string;
  readonly role: StageRole;
  /** Server truth: the stage drops a muted member's packets. */
  readonly muted: boolean;
}

/** All that control says of a space: kept by the relay, so that it outlives control. */
export interface SpaceSnapshot {
  readonly id: SpaceId;
  /** Grows with each change; an older snapshot never replaces a newer one. */
  readonly revision: number;
  readonly title: string;
  readonly topics: readonly string[];
  readonly state: SpaceState;
  /** Beginning of the frame number line, ms since 1970. */
  readonly epochMs: number;
  readonly record: boolean;
  /** Name of the stage that mixes this space. */
  readonly stageName: string;
  readonly members: readonly StageMember[];
  readonly startsAtMs: number | null;
  readonly liveAtMs: number | null;
  readonly endedAtMs: number | null;
}

/** What the stage says of a space a few times a second, when it changes. */
export interface StageActivity {
  /** Members with a microphone path that works now. */
  readonly connected: readonly UserId[];
  /** Members who are heard to speak now. */
  readonly speaking: readonly UserId[];
}

export const NO_ACTIVITY: StageActivity = { connected: [], speaking: [] };

/** Whether a space has a program: from backstage (holding sound) to its end. */
export function hasProgram(state: SpaceState): boolean {
  return state === "backstage" || state === "live";
}

const MAX_MEMBERS = 100;

function isStageMember(value: unknown): value is StageMember {
  return (
    isObject(value) &&
    isUserId(value["id"]) &&
    isShortText(value["displayName"], LIMITS.displayNameChars) &&
    isOneOf(value["role"], STAGE_ROLES) &&
    typeof value["muted"] === "boolean"
  );
}

function isTopic(value: unknown): value is string {
  return isShortText(value, LIMITS.topicChars);
}

function isTimeOrNull(value: unknown): value is number | null {
  return value === null || isTimeMs(value);
}

export function isSpaceSnapshot(value: unknown): value is SpaceSnapshot {
  return (
    isObject(value) &&
    isSpaceId(value["id"]) &&
    isCount(value["revision"]) &&
    isShortText(value["title"], LIMITS.titleChars) &&
    isArrayOf(value["topics"], LIMITS.topics, isTopic) &&
    isOneOf(value["state"], SPACE_STATES) &&
    isTimeMs(value["epochMs"]) &&
    typeof value["record"] === "boolean" &&
    isShortText(value["stageName"], 100) &&
    isArrayOf(value["members"], MAX_MEMBERS, isStageMember) &&
    isTimeOrNull(value["startsAtMs"]) &&
    isTimeOrNull(value["liveAtMs"]) &&
    isTimeOrNull(value["endedAtMs"])
  );
}

/** @throws {WireError} `bad-space` */
export function parseSpaceSnapshot(value: unknown): SpaceSnapshot {
  if (isSpaceSnapshot(value)) return value;
  throw new WireError("bad-space", "not a snapshot of a space");
}

export function isStageActivity(value: unknown): value is StageActivity {
  return (
    isObject(value) &&
    isArrayOf(value["connected"], MAX_MEMBERS, isUserId) &&
    isArrayOf(value["speaking"], MAX_MEMBERS, isUserId)
  );
}
