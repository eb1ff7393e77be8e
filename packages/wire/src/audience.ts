import {
  isArrayOf,
  isCount,
  isObject,
  isOneOf,
  isShortText,
  isTimeMs,
  type JsonObject,
} from "./check.ts";
import { isFrameNumber, RENDITIONS, type Rendition } from "./frame.ts";
import { isUserId, type UserId } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/** What the audience says and shows: reactions, who played sound, names, and the hosts' notices. */

/** What a listener can react with. The first five are at hand on the page, by the keys 1 to 5. */
export const REACTIONS = [
  "❤️",
  "👏",
  "😂",
  "🎉",
  "🔥",
  "👍",
  "🙌",
  "😮",
  "😢",
  "💯",
  "🤔",
  "🙏",
] as const;
export type Reaction = (typeof REACTIONS)[number];

/** How many of each; those that nobody sent are left out. */
export type ReactionCounts = { readonly [R in Reaction]?: number };

/** Players are asked once in this time whether they played sound in it, ms. */
export const HEARD_WINDOW_MS = 10_000;
/** Players spread their answers over this part of the window, ms. */
export const HEARD_ANSWER_WITHIN_MS = 8_000;

/** A short word of the hosts to everybody. */
export interface Notice {
  /** Grows with each notice of a space. */
  readonly id: number;
  /** Empty: the notice before is cleared. */
  readonly text: string;
  /** When it was written, ms since 1970. */
  readonly atMs: number;
  /** Until when newcomers are shown it, ms since 1970. */
  readonly untilMs: number;
}

/** Somebody who has said who they are. */
export interface PresentPerson {
  readonly id: UserId;
  readonly displayName: string;
}

/** What a listener may say. Text messages of any other kind are read over. */
export type ListenerMessage =
  | { readonly type: "reaction"; readonly emoji: Reaction }
  /** Answer to `ask-heard`: sound was played within the last ten seconds. */
  | { readonly type: "heard" }
  /** Says who listens, by an access token; withdrawn by null or by leaving. */
  | { readonly type: "present"; readonly token: string | null }
  | ListenMessage;

/** Over a link in waiting: from now on it is a listener's, as if its handshake had asked for this. */
export interface ListenMessage {
  readonly type: "listen";
  /** First frame that is wanted; absent: the latest second, then live. */
  readonly from?: number;
  /** Absent: the full one. */
  readonly rendition?: Rendition;
  /** The first link may come back: only an edge that has room and sound to spare takes it. */
  readonly second?: true;
  /** How much sound its chunks held so far, ms: longer ones come after some seconds. Absent: it had none. */
  readonly cadence?: number;
}

export function isReaction(value: unknown): value is Reaction {
  return isOneOf(value, REACTIONS);
}

/** Emoji of a later version are let through: whoever draws them skips what it doesn't know. */
export function isReactionCounts(value: unknown): value is ReactionCounts {
  if (!isObject(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= 32 && entries.every(([emoji, n]) => emoji.length <= 16 && isCount(n));
}

export function isNotice(value: unknown): value is Notice {
  return (
    isObject(value) &&
    isCount(value["id"]) &&
    isShortText(value["text"], LIMITS.noticeChars) &&
    isTimeMs(value["atMs"]) &&
    isTimeMs(value["untilMs"])
  );
}

function isPresentPerson(value: unknown): value is PresentPerson {
  return (
    isObject(value) &&
    isUserId(value["id"]) &&
    isShortText(value["displayName"], LIMITS.displayNameChars)
  );
}

export function encodeListenerMessage(message: ListenerMessage): string {
  return JSON.stringify(message);
}

/** @returns undefined for what this version doesn't know, or what isn't whole: read over */
export function asListenerMessage(value: unknown): ListenerMessage | undefined {
  if (!isObject(value)) return undefined;
  switch (value["type"]) {
    case "reaction":
      return isReaction(value["emoji"]) ? { type: "reaction", emoji: value["emoji"] } : undefined;
    case "heard":
      return { type: "heard" };
    case "present": {
      const { token } = value;
      // The message's own limit bounds the token.
      return typeof token === "string" || token === null ? { type: "present", token } : undefined;
    }
    case "listen":
      return asListenMessage(value);
    default:
      return undefined;
  }
}

function asListenMessage(value: JsonObject): ListenMessage | undefined {
  const { from, rendition, second, cadence } = value;
  if (from !== undefined && !isFrameNumber(from)) return undefined;
  if (rendition !== undefined && !isOneOf(rendition, RENDITIONS)) return undefined;
  return {
    type: "listen",
    ...(from !== undefined && { from }),
    ...(rendition !== undefined && { rendition }),
    ...(second === true && { second }),
    ...(isCount(cadence) && cadence > 0 && { cadence }),
  };
}

/** One edge's answers of one window of the heard count. */
export interface HeardSample {
  readonly answers: number;
  /** With which probability each player was to answer, if it had played sound. */
  readonly share: number;
  /** Players that were asked. */
  readonly of: number;
}

/** One edge's audience of a space, beside the count: `audience/{edge}/{space}`. */
export interface EdgeAudience {
  /** Players that were asked: WebSocket listeners with sound. */
  readonly pages: number;
  /** Of the last window that ended; null: nobody was asked in it. */
  readonly heard: HeardSample | null;
  /** HyperLogLog registers of who fetched HLS lately, base64; null: nobody did. */
  readonly hls: string | null;
  /** Listeners who came along in the raid under way; absent: none. */
  readonly arrived?: number;
}

export function isEdgeAudience(value: unknown): value is EdgeAudience {
  if (!isObject(value) || !isCount(value["pages"])) return false;
  const { heard, hls, arrived } = value;
  const isHeard =
    heard === null ||
    (isObject(heard) &&
      isCount(heard["answers"]) &&
      isCount(heard["of"]) &&
      typeof heard["share"] === "number" &&
      heard["share"] > 0 &&
      heard["share"] <= 1);
  if (arrived !== undefined && !isCount(arrived)) return false;
  return isHeard && (hls === null || (typeof hls === "string" && hls.length <= 4_096));
}

/** Whose names a space's hosts keep off the list of people: ids alone, of a bounded number. */
export type HiddenNames = readonly UserId[];

export function isHiddenNames(value: unknown): value is HiddenNames {
  return isArrayOf(value, LIMITS.blockedPeople, isUserId);
}

/** Those who said their names to one edge: `people/{edge}/{space}`. */
export interface EdgePeople {
  readonly total: number;
  /** A fair sample of them. */
  readonly sample: readonly PresentPerson[];
  /** Marks of their ids (32 bits each, little endian, base64), by which others can be found. */
  readonly marks: string;
}

export function isEdgePeople(value: unknown): value is EdgePeople {
  return (
    isObject(value) &&
    isCount(value["total"]) &&
    isArrayOf(value["sample"], LIMITS.peopleSample, isPresentPerson) &&
    typeof value["marks"] === "string" &&
    value["marks"].length <= Math.ceil((LIMITS.peopleMarks * 4) / 3) * 4
  );
}
