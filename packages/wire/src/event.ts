import { isNotice, isReactionCounts, type Notice, type ReactionCounts } from "./audience.ts";
import { isArrayOf, isCount, isObject, isOneOf, isShortText, isTimeMs } from "./check.ts";
import { WireError } from "./errors.ts";
import { isFrameNumber, RENDITIONS, type Rendition } from "./frame.ts";
import { isUserId, type UserId } from "./ids.ts";
import { LIMITS } from "./limits.ts";
import { isRaidNews, type RaidNews } from "./raid.ts";
import {
  isSpaceSnapshot,
  isStageActivity,
  type SpaceSnapshot,
  type StageActivity,
} from "./space.ts";

/** Room events: JSON in WebSocket text messages, made once per edge and shared by its listeners. */

/** How many listen to the space on all edges. The optional ones: absent is not known. */
export interface ListenerCount {
  /** Open connections that take sound. */
  readonly now: number;
  readonly peak: number;
  /** Players that played sound in the last ten seconds: an estimate; null: nobody was asked yet. */
  readonly heard?: number | null;
  /** Half of the estimate's 95% interval, players; 0 where all were asked. */
  readonly heardError?: number | null;
  /** Players that could be asked: `heard` is out of these. */
  readonly heardOf?: number | null;
  /** Who fetched HLS here in the last ten seconds or so, within 7% (95%); blind behind a cache. */
  readonly hls?: number;
}

/** The queue of raised hands, in numbers: names are for the hosts. */
export interface HandQueue {
  readonly open: boolean;
  readonly count: number;
  /** Grows with each change, also where the count is the same as before. */
  readonly revision: number;
}

export const NO_HANDS: HandQueue = { open: true, count: 0, revision: 0 };

/** First message to a newcomer. */
export interface WelcomeEvent {
  readonly type: "welcome";
  readonly protocol: 1;
  readonly space: SpaceSnapshot;
  readonly stage: StageStatus;
  readonly listeners: ListenerCount;
  readonly hands: HandQueue;
  /** The hosts' notice for newcomers; absent or null: there is none. */
  readonly notice?: Notice | null;
  /** Raids under way, of either side; absent: none. */
  readonly raids?: readonly RaidNews[];
  /** Number of the newest frame that this edge holds; null before the first. */
  readonly latestFrame: number | null;
  /** Number of the oldest frame that this edge holds; null before the first. */
  readonly oldestFrame: number | null;
  /** The edge's clock, ms since 1970: with the frame number it tells the delay. */
  readonly serverTimeMs: number;
  /** How many milliseconds of sound each chunk carries now, or will soon: what was announced last. */
  readonly cadenceMs: number;
}

/** The stage as an edge sees it: `up` is false while its process is away. */
export interface StageStatus extends StageActivity {
  readonly up: boolean;
}

export interface SpaceEvent {
  readonly type: "space";
  readonly space: SpaceSnapshot;
}

export interface StageEvent {
  readonly type: "stage";
  readonly stage: StageStatus;
}

export interface ListenersEvent {
  readonly type: "listeners";
  readonly listeners: ListenerCount;
}

export interface HandsEvent {
  readonly type: "hands";
  readonly hands: HandQueue;
}

/**
 * From frame `fromFrame` on each chunk carries `cadenceMs` of sound. Longer chunks are announced at
 * least {@link CADENCE_NOTICE_MS} of sound ahead, less only in need: a player must have that much
 * more in hand by then. Shorter ones are told as they come.
 */
export interface CadenceEvent {
  readonly type: "cadence";
  readonly cadenceMs: number;
  readonly fromFrame: number;
}

/** Sound between the word that chunks get longer and the first of them, ms. */
export const CADENCE_NOTICE_MS = 5_000;

/** From the next chunk on this listener gets that rendition. Until the first one says so: full. */
export interface RenditionEvent {
  readonly type: "rendition";
  readonly rendition: Rendition;
}

/** What listeners reacted with since the event before, on all edges; four a second at most. */
export interface ReactionsEvent {
  readonly type: "reactions";
  readonly counts: ReactionCounts;
}

/** The hosts have something to say; an empty text clears what they said before. */
export interface NoticeEvent extends Notice {
  readonly type: "notice";
}

/**
 * Did you play sound in the last ten seconds? Each player picks itself with this probability, and
 * where it has played, says `heard` at a random moment of the next `HEARD_ANSWER_WITHIN_MS`.
 */
export interface AskHeardEvent {
  readonly type: "ask-heard";
  /** Above 0, up to 1. */
  readonly share: number;
}

/** The only word on a link in waiting until it says `listen`: it stands. */
export interface StandbyEvent {
  readonly type: "standby";
}

/** The audience goes along to another space, or another one's comes here; or not, after all. */
export interface RaidEvent extends RaidNews {
  readonly type: "raid";
}

/**
 * The hosts have taken these names off the list of people. Whoever shows the list takes them off at
 * once: a list that is asked for doesn't hold them any more, one from a cache may for two seconds.
 */
export interface NamesHiddenEvent {
  readonly type: "names-hidden";
  readonly ids: readonly UserId[];
}

/**
 * This edge is going away: connect to another one now, with `from`, and let this connection go once
 * the new one carries on. Who doesn't know this event hears `bye` at the end.
 */
export interface MoveEvent {
  readonly type: "move";
  /** How long this connection carries on at most, ms. */
  readonly withinMs: number;
  /**
   * Where there is room: each a ListenTier, if `isListenTier` says so, which who moves asks. None: the
   * address that was asked first.
   */
  readonly tiers: readonly unknown[];
}

/** Last message before the edge closes the connection. */
export interface ByeEvent {
  readonly type: "bye";
  readonly reason: "ended" | "moving" | "too-slow";
  /** When to come back, ms; null: not at all. */
  readonly retryAfterMs: number | null;
}

export type RoomEvent =
  | WelcomeEvent
  | SpaceEvent
  | StageEvent
  | ListenersEvent
  | HandsEvent
  | ReactionsEvent
  | NoticeEvent
  | AskHeardEvent
  | CadenceEvent
  | RenditionEvent
  | RaidEvent
  | StandbyEvent
  | NamesHiddenEvent
  | MoveEvent
  | ByeEvent;

export function encodeRoomEvent(event: RoomEvent): string {
  return JSON.stringify(event);
}

function isListenerCount(value: unknown): value is ListenerCount {
  return (
    isObject(value) &&
    isCount(value["now"]) &&
    isCount(value["peak"]) &&
    ["heard", "heardError", "heardOf"].every((key) => isCountOrNothing(value[key])) &&
    (value["hls"] === undefined || isCount(value["hls"]))
  );
}

function isCountOrNothing(value: unknown): boolean {
  return value === undefined || value === null || isCount(value);
}

export function isHandQueue(value: unknown): value is HandQueue {
  return (
    isObject(value) &&
    typeof value["open"] === "boolean" &&
    isCount(value["count"]) &&
    isCount(value["revision"])
  );
}

function isStageStatus(value: unknown): value is StageStatus {
  return isStageActivity(value) && typeof (value as { up?: unknown }).up === "boolean";
}

function isFrameNumberOrNull(value: unknown): boolean {
  return value === null || isFrameNumber(value);
}

/** Places that one `move` names at most: as many as an answer to `/listen`. */
const MAX_MOVES = 16;
/** One of each side. */
const MAX_RAIDS = 2;

const EVENT_CHECKS: {
  readonly [Type in RoomEvent["type"]]: (event: Record<string, unknown>) => boolean;
} = {
  welcome: (event) =>
    event["protocol"] === 1 &&
    isSpaceSnapshot(event["space"]) &&
    isStageStatus(event["stage"]) &&
    isListenerCount(event["listeners"]) &&
    isHandQueue(event["hands"]) &&
    (event["notice"] === undefined || event["notice"] === null || isNotice(event["notice"])) &&
    (event["raids"] === undefined || isArrayOf(event["raids"], MAX_RAIDS, isRaidNews)) &&
    isFrameNumberOrNull(event["latestFrame"]) &&
    isFrameNumberOrNull(event["oldestFrame"]) &&
    isTimeMs(event["serverTimeMs"]) &&
    isCount(event["cadenceMs"]),
  space: (event) => isSpaceSnapshot(event["space"]),
  stage: (event) => isStageStatus(event["stage"]),
  listeners: (event) => isListenerCount(event["listeners"]),
  hands: (event) => isHandQueue(event["hands"]),
  reactions: (event) => isReactionCounts(event["counts"]),
  notice: isNotice,
  "ask-heard": (event) =>
    typeof event["share"] === "number" && event["share"] > 0 && event["share"] <= 1,
  cadence: (event) => isCount(event["cadenceMs"]) && isFrameNumber(event["fromFrame"]),
  rendition: (event) => isOneOf(event["rendition"], RENDITIONS),
  raid: isRaidNews,
  standby: () => true,
  "names-hidden": (event) => isArrayOf(event["ids"], LIMITS.blockedPeople, isUserId),
  move: (event) => isCount(event["withinMs"]) && isArrayOf(event["tiers"], MAX_MOVES, isObject),
  bye: (event) =>
    isShortText(event["reason"], 40) &&
    (event["retryAfterMs"] === null || isCount(event["retryAfterMs"])),
};

/**
 * @returns undefined for an event of a kind that this version doesn't know: skip it
 * @throws {WireError} `bad-event` for what is no event at all, or a known one with wrong fields
 */
export function decodeRoomEvent(text: string): RoomEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WireError("bad-event", "an event must be JSON", { cause });
  }
  if (!isObject(value) || typeof value["type"] !== "string") {
    throw new WireError("bad-event", "an event must be an object with a type");
  }
  if (!Object.hasOwn(EVENT_CHECKS, value["type"])) return undefined;
  const check = EVENT_CHECKS[value["type"] as RoomEvent["type"]];
  if (!check(value)) throw new WireError("bad-event", `wrong fields in event '${value["type"]}'`);
  return value as unknown as RoomEvent;
}
