import {
  isArrayOf,
  isCount,
  isObject,
  isOneOf,
  isShortText,
  isSpaceId,
  isSpaceSettings,
  isUserId,
  type PendingInvitation,
  SPACE_STATES,
  type SpaceId,
  type SpaceSettings,
  type SpaceState,
  STAGE_CHANNELS,
  STAGE_ROLES,
  type StageChannel,
  type StageRole,
  type UserId,
} from "@rostra/wire";
import { NetworkError } from "../errors.ts";

/** A space as the HTTP API shows it. Times are ISO 8601. */
export interface Space {
  readonly id: SpaceId;
  /** The page to share. */
  readonly url: string;
  readonly title: string;
  readonly topics: readonly string[];
  readonly state: SpaceState;
  readonly record: boolean;
  readonly epoch: string;
  readonly startsAt: string | null;
  readonly liveAt: string | null;
  readonly endedAt: string | null;
  /** When the countdown to air ends; null where none runs. */
  readonly airsAt: string | null;
  /** When the space ends unless somebody comes who can run it; null: somebody is there. */
  readonly endsAt: string | null;
  readonly settings: SpaceSettings;
  /** Asked on stage by name, and has not answered yet. */
  readonly invited: readonly PendingInvitation[];
  /** Who runs the space now; null: neither the host nor a co-host is there. */
  readonly inCharge: UserId | null;
  /** The queue of raised hands, in numbers. */
  readonly hands: { readonly open: boolean; readonly count: number };
  readonly host: { readonly id: UserId; readonly displayName: string };
  readonly stage: readonly SpaceStageMember[];
  readonly listeners: { readonly now: number; readonly peak: number };
  readonly links: SpaceLinks;
}

export interface SpaceStageMember {
  readonly id: UserId;
  readonly displayName: string;
  readonly role: StageRole;
  readonly muted: boolean;
  /** The member may not unmute themself. */
  readonly micLocked: boolean;
  readonly channel: StageChannel;
  readonly connected: boolean;
}

/** Absolute URLs of the ways to hear a space, and of the way to speak in it. */
export interface SpaceLinks {
  readonly page: string;
  readonly ogg: string;
  readonly aac: string;
  readonly hls: string;
  readonly websocket: string;
  readonly whip: string;
}

export interface NewSpace {
  readonly title: string;
  readonly topics?: readonly string[];
  readonly record?: boolean;
  /** ISO 8601, in the future: the space is made as `scheduled`, otherwise as `backstage`. */
  readonly startsAt?: string;
}

export interface SpaceChanges {
  readonly title?: string;
  readonly topics?: readonly string[];
  readonly record?: boolean;
  /** `sound` only before the space is on air. */
  readonly settings?: Partial<SpaceSettings>;
}

/** What may change of a member in one call; see {@link RostraApi.changeMember}. */
export interface MemberChanges {
  readonly muted?: boolean;
  readonly micLocked?: boolean;
  readonly role?: Exclude<StageRole, "host">;
  readonly channel?: StageChannel;
}

export interface Invitation {
  /** Signed: hand it to `stepOnStage`. */
  readonly invitation: string;
  /** The space's page with the invitation in it: the link to send to a guest speaker. */
  readonly url: string;
  readonly expiresAt: string;
}

const MAX_TEXT_CHARS = 4_096;
const MAX_ITEMS = 100;

function isText(value: unknown): value is string {
  return isShortText(value, MAX_TEXT_CHARS);
}

function isTimeOrNull(value: unknown): boolean {
  return value === null || isText(value);
}

function isMember(value: unknown): value is SpaceStageMember {
  return (
    isObject(value) &&
    isUserId(value["id"]) &&
    isText(value["displayName"]) &&
    isOneOf(value["role"], STAGE_ROLES) &&
    typeof value["muted"] === "boolean" &&
    typeof value["micLocked"] === "boolean" &&
    isOneOf(value["channel"], STAGE_CHANNELS) &&
    typeof value["connected"] === "boolean"
  );
}

function isPending(value: unknown): value is PendingInvitation {
  return (
    isObject(value) &&
    isUserId(value["id"]) &&
    (value["displayName"] === undefined || isText(value["displayName"])) &&
    isOneOf(value["role"], ["cohost", "speaker"]) &&
    (value["asHost"] === undefined || typeof value["asHost"] === "boolean")
  );
}

function isSpace(value: unknown): value is Space {
  return (
    isObject(value) &&
    isSpaceId(value["id"]) &&
    isText(value["url"]) &&
    isText(value["title"]) &&
    isArrayOf(value["topics"], MAX_ITEMS, isText) &&
    isOneOf(value["state"], SPACE_STATES) &&
    typeof value["record"] === "boolean" &&
    isText(value["epoch"]) &&
    isTimeOrNull(value["startsAt"]) &&
    isTimeOrNull(value["liveAt"]) &&
    isTimeOrNull(value["endedAt"]) &&
    isTimeOrNull(value["airsAt"]) &&
    isTimeOrNull(value["endsAt"]) &&
    isSpaceSettings(value["settings"]) &&
    isArrayOf(value["invited"], MAX_ITEMS, isPending) &&
    (value["inCharge"] === null || isUserId(value["inCharge"])) &&
    isObject(value["hands"]) &&
    typeof value["hands"]["open"] === "boolean" &&
    isCount(value["hands"]["count"]) &&
    isObject(value["host"]) &&
    isUserId(value["host"]["id"]) &&
    isText(value["host"]["displayName"]) &&
    isArrayOf(value["stage"], MAX_ITEMS, isMember) &&
    isObject(value["listeners"]) &&
    isCount(value["listeners"]["now"]) &&
    isCount(value["listeners"]["peak"]) &&
    isObject(value["links"]) &&
    Object.values(value["links"]).every(isText)
  );
}

/** @throws {NetworkError} `bad-answer` */
export function asSpace(value: unknown): Space {
  if (isSpace(value)) return value;
  throw new NetworkError("bad-answer", "The server's answer is not a space");
}

/** @throws {NetworkError} `bad-answer` */
export function asSpaces(value: unknown): readonly Space[] {
  if (isObject(value) && Array.isArray(value["spaces"])) return value["spaces"].map(asSpace);
  throw new NetworkError("bad-answer", "The server's answer is not a list of spaces");
}

/** @throws {NetworkError} `bad-answer` */
export function asInvitation(value: unknown): Invitation {
  if (isObject(value)) {
    const { invitation, url, expiresAt } = value;
    if (isText(invitation) && isText(url) && isText(expiresAt))
      return { invitation, url, expiresAt };
  }
  throw new NetworkError("bad-answer", "The server's answer is not an invitation");
}
