import { isArrayOf, isCount, isObject, isOneOf, isShortText, isTimeMs } from "./check.ts";
import { WireError } from "./errors.ts";
import type { Channels } from "./frame.ts";
import { isSpaceId, isUserId, type SpaceId, type UserId } from "./ids.ts";
import { LIMITS } from "./limits.ts";

export const SPACE_STATES = ["scheduled", "backstage", "live", "ended"] as const;
/** Where a space is in its life. It only ever moves to the right. */
export type SpaceState = (typeof SPACE_STATES)[number];

export const STAGE_ROLES = ["host", "cohost", "speaker"] as const;
export type StageRole = (typeof STAGE_ROLES)[number];

export const STAGE_CHANNELS = ["air", "backstage", "whisper"] as const;
/**
 * Where a member's voice goes. air: into the program, as far as the space is live. backstage: to
 * those who are backstage too, off air. whisper: to the host and co-hosts alone, off air.
 */
export type StageChannel = (typeof STAGE_CHANNELS)[number];

/** Somebody who may be heard. Whether they are connected is the stage's to say. */
export interface StageMember {
  readonly id: UserId;
  readonly displayName: string;
  readonly role: StageRole;
  /** Server truth: the stage drops a muted member's packets. */
  readonly muted: boolean;
  /** The member may not unmute themself until a host takes the lock away. */
  readonly micLocked: boolean;
  readonly channel: StageChannel;
}

/** Somebody who was asked on stage by name, and has not answered yet. */
export interface PendingInvitation {
  readonly id: UserId;
  /** As they called themself when their hand was up; absent where that wasn't known. */
  readonly displayName?: string;
  readonly role: Exclude<StageRole, "host">;
  /** Who accepts becomes the host. `role` is cohost then, for those who don't know this. */
  readonly asHost?: boolean;
}

export const SOUND_MODES = ["voice", "music"] as const;
/** voice: mono, levelled, guarded. music: stereo, more bits, left as it is. */
export type SoundMode = (typeof SOUND_MODES)[number];

/**
 * Channels of the program of a space with that sound. Single packets may still be mono, those of the
 * holding sound for one: a packet says itself what it is (RFC 6716, section 3.1).
 */
export function channelsOf(sound: SoundMode): Channels {
  return sound === "music" ? 2 : 1;
}

/** What the host has set; each may change while the space lives, but `sound` only before air. */
export interface SpaceSettings {
  /** People on stage at once, host and co-hosts included. */
  readonly stageLimit: number;
  /** Whether hands may be raised. */
  readonly handsOpen: boolean;
  /** Whoever holds the floor is heard above co-hosts, and they above the others. */
  readonly floorControl: boolean;
  /** Silence of a live program after which the hosts are told, then the holding sound; 0: never. */
  readonly deadAirSeconds: number;
  /** How long a space waits for somebody in charge before it ends. */
  readonly hostAwaySeconds: number;
  readonly sound: SoundMode;
}

export const DEFAULT_SETTINGS: SpaceSettings = {
  stageLimit: 13,
  handsOpen: true,
  floorControl: false,
  deadAirSeconds: 8,
  hostAwaySeconds: 300,
  sound: "voice",
};

/** How far each number of the settings may go: smallest and largest. */
export const SETTING_RANGES = {
  stageLimit: [1, 50],
  deadAirSeconds: [0, 120],
  hostAwaySeconds: [10, 86_400],
} as const;

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
  /** Name of the stage that mixes this space: of a pair the first, whose frames are preferred. */
  readonly stageName: string;
  /** Name of the stage that mixes it too, so that either may die unheard; absent: no pair. */
  readonly secondStageName?: string;
  /** Grows by one whenever the first stage becomes another; absent: 0. */
  readonly term?: number;
  readonly members: readonly StageMember[];
  readonly settings: SpaceSettings;
  /** Invited by name, not by link; each may accept or decline. */
  readonly invited: readonly PendingInvitation[];
  /** Who runs the space now: its host, a co-host while the host is away; null: nobody is there. */
  readonly inCharge: UserId | null;
  /** When the countdown to air ends, ms since 1970; null where none runs. */
  readonly airsAtMs: number | null;
  /** When a space that nobody runs any more ends by itself, ms since 1970; null: somebody does. */
  readonly endsAtMs: number | null;
  readonly startsAtMs: number | null;
  readonly liveAtMs: number | null;
  readonly endedAtMs: number | null;
}

/** What the stage says of a space a few times a second, when it changes. */
export interface StageActivity {
  /** Members with a microphone path that works now. */
  readonly connected: readonly UserId[];
  /** Members who are heard to speak now, on air or in the backstage that all share. */
  readonly speaking: readonly UserId[];
  /** The program has been silent for so long that the holding sound plays instead. */
  readonly deadAir: boolean;
}

export const NO_ACTIVITY: StageActivity = { connected: [], speaking: [], deadAir: false };

/** The stages that mix a space: the first, then the second of a pair. */
export function stagesOf({ stageName, secondStageName }: SpaceSnapshot): readonly string[] {
  return secondStageName === undefined ? [stageName] : [stageName, secondStageName];
}

/** Whether a space has a program: from backstage (holding sound) to its end. */
export function hasProgram(state: SpaceState): boolean {
  return state === "backstage" || state === "live";
}

const MAX_MEMBERS = 100;
const MAX_INVITED = 100;

function isStageMember(value: unknown): value is StageMember {
  return (
    isObject(value) &&
    isUserId(value["id"]) &&
    isShortText(value["displayName"], LIMITS.displayNameChars) &&
    isOneOf(value["role"], STAGE_ROLES) &&
    typeof value["muted"] === "boolean" &&
    typeof value["micLocked"] === "boolean" &&
    isOneOf(value["channel"], STAGE_CHANNELS)
  );
}

function isPendingInvitation(value: unknown): value is PendingInvitation {
  return (
    isObject(value) &&
    isUserId(value["id"]) &&
    (value["displayName"] === undefined ||
      isShortText(value["displayName"], LIMITS.displayNameChars)) &&
    isOneOf(value["role"], ["cohost", "speaker"]) &&
    (value["asHost"] === undefined || typeof value["asHost"] === "boolean")
  );
}

function isInRange(value: unknown, [least, most]: readonly [number, number]): boolean {
  return isCount(value) && value >= least && value <= most;
}

export function isSpaceSettings(value: unknown): value is SpaceSettings {
  return (
    isObject(value) &&
    isInRange(value["stageLimit"], SETTING_RANGES.stageLimit) &&
    typeof value["handsOpen"] === "boolean" &&
    typeof value["floorControl"] === "boolean" &&
    isInRange(value["deadAirSeconds"], SETTING_RANGES.deadAirSeconds) &&
    isInRange(value["hostAwaySeconds"], SETTING_RANGES.hostAwaySeconds) &&
    isOneOf(value["sound"], SOUND_MODES)
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
    (value["secondStageName"] === undefined || isShortText(value["secondStageName"], 100)) &&
    (value["term"] === undefined || isCount(value["term"])) &&
    isArrayOf(value["members"], MAX_MEMBERS, isStageMember) &&
    isSpaceSettings(value["settings"]) &&
    isArrayOf(value["invited"], MAX_INVITED, isPendingInvitation) &&
    (value["inCharge"] === null || isUserId(value["inCharge"])) &&
    isTimeOrNull(value["airsAtMs"]) &&
    isTimeOrNull(value["endsAtMs"]) &&
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
    isArrayOf(value["speaking"], MAX_MEMBERS, isUserId) &&
    typeof value["deadAir"] === "boolean"
  );
}
