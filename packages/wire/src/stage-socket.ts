import { isArrayOf, isCount, isObject, isOneOf, isShortText } from "./check.ts";
import { type ProblemDetails, WireError } from "./errors.ts";
import { isUserId, type UserId } from "./ids.ts";

/**
 * The stage socket: a WebSocket between one member and the stage. Text messages are JSON, told to
 * this member alone; binary ones are RTP packets, for those whom UDP doesn't reach.
 */

export const STAGE_SUBPROTOCOL = "rostra.stage.v1";

/** First message of a client, within five seconds. */
export interface StageHello {
  readonly type: "hello";
  readonly token: string;
  /** Whether RTP goes over this socket; else it carries messages only. */
  readonly audio: boolean;
  /** The session that this one continues; left out: none. */
  readonly continues?: string;
}

/** Whether the member knows that they may be heard: asked by the hot-microphone guard. */
export interface StageAwareness {
  readonly type: "awareness";
  /** The page can't be seen. */
  readonly hidden: boolean;
  /** Grows each time the microphone became another device. */
  readonly deviceChanges: number;
}

/** Asks for a `pong` with the same number: how long the way is. */
export interface StagePing {
  readonly type: "ping";
  readonly number: number;
  /** Round trip that the client last measured, ms; null before the first. */
  readonly rttMs: number | null;
}

export type StageRequest = StageHello | StageAwareness | StagePing;

export const STAGE_PATHS = ["webrtc", "websocket"] as const;
/** How a member's microphone reaches the stage. */
export type StagePath = (typeof STAGE_PATHS)[number];

/** The socket is accepted. */
export interface StageReady {
  readonly type: "ready";
  /** Of the audio session on this socket; null where it carries none. */
  readonly session: string | null;
}

/** Last message before the stage closes a socket. */
export interface StageRefused {
  readonly type: "refused";
  readonly problem: ProblemDetails;
}

export interface StagePong {
  readonly type: "pong";
  readonly number: number;
}

/** One member's voice as it arrives, before levelling. */
export interface VoiceLevel {
  readonly id: UserId;
  /** Of the last quarter of a second, dBFS; -100 for silence. */
  readonly dbfs: number;
  readonly speaking: boolean;
}

/** To the host and co-hosts, four times a second while anybody sounds. */
export interface StageLevels {
  readonly type: "levels";
  readonly levels: readonly VoiceLevel[];
}

export interface PathQuality {
  readonly id: UserId;
  readonly path: StagePath;
  /** Share of packets that never came in time in the last second, 0 to 1. */
  readonly loss: number;
  /** Interarrival jitter (RFC 3550), ms. */
  readonly jitterMs: number;
  /** How much sound is held back against it, ms. */
  readonly bufferMs: number;
  readonly rttMs: number | null;
}

/** Once a second: of everybody to the host and co-hosts, of oneself to each. */
export interface StageQuality {
  readonly type: "quality";
  readonly people: readonly PathQuality[];
}

export const GUARD_KINDS = ["howl", "echo", "hot-mic", "dead-air"] as const;
/**
 * howl: the microphone whistles. echo: it sends back what it was sent. hot-mic: open and sounding
 * while its owner may not know. dead-air: the live program is silent; of nobody in particular.
 */
export type GuardKind = (typeof GUARD_KINDS)[number];

/** A guard noticed something, or that it is over. To the member it is about, and to the hosts. */
export interface StageGuard {
  readonly type: "guard";
  readonly kind: GuardKind;
  /** Null for dead air. */
  readonly id: UserId | null;
  readonly active: boolean;
}

export type StageNews =
  | StageReady
  | StageRefused
  | StagePong
  | StageLevels
  | StageQuality
  | StageGuard;

export function encodeStageMessage(message: StageRequest | StageNews): string {
  return JSON.stringify(message);
}

const MAX_TOKEN_CHARS = 4_096;
const MAX_PEOPLE = 100;

type Checks<Message extends { type: string }> = {
  readonly [Type in Message["type"]]: (message: Record<string, unknown>) => boolean;
};

const REQUEST_CHECKS: Checks<StageRequest> = {
  hello: (message) =>
    isShortText(message["token"], MAX_TOKEN_CHARS) &&
    typeof message["audio"] === "boolean" &&
    (message["continues"] === undefined || isShortText(message["continues"], 100)),
  awareness: (message) =>
    typeof message["hidden"] === "boolean" && isCount(message["deviceChanges"]),
  ping: (message) => isCount(message["number"]) && isMsOrNull(message["rttMs"]),
};

const NEWS_CHECKS: Checks<StageNews> = {
  ready: (message) => message["session"] === null || isShortText(message["session"], 100),
  refused: (message) => isProblem(message["problem"]),
  pong: (message) => isCount(message["number"]),
  levels: (message) => isArrayOf(message["levels"], MAX_PEOPLE, isVoiceLevel),
  quality: (message) => isArrayOf(message["people"], MAX_PEOPLE, isPathQuality),
  guard: (message) =>
    isOneOf(message["kind"], GUARD_KINDS) &&
    (message["id"] === null || isUserId(message["id"])) &&
    typeof message["active"] === "boolean",
};

function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isMsOrNull(value: unknown): boolean {
  return value === null || (isFiniteNumber(value) && value >= 0);
}

function isProblem(value: unknown): boolean {
  return (
    isObject(value) &&
    isShortText(value["type"], 200) &&
    isShortText(value["title"], 500) &&
    isShortText(value["detail"], 2_000) &&
    isCount(value["status"])
  );
}

function isVoiceLevel(value: unknown): value is VoiceLevel {
  return (
    isObject(value) &&
    isUserId(value["id"]) &&
    isFiniteNumber(value["dbfs"]) &&
    typeof value["speaking"] === "boolean"
  );
}

function isPathQuality(value: unknown): value is PathQuality {
  return (
    isObject(value) &&
    isUserId(value["id"]) &&
    isOneOf(value["path"], STAGE_PATHS) &&
    isFiniteNumber(value["loss"]) &&
    isFiniteNumber(value["jitterMs"]) &&
    isFiniteNumber(value["bufferMs"]) &&
    isMsOrNull(value["rttMs"])
  );
}

/** @throws {WireError} `bad-stage-message` */
export function decodeStageRequest(text: string): StageRequest {
  const request = decode<StageRequest>(text, REQUEST_CHECKS);
  if (request === undefined) throw new WireError("bad-stage-message", "unknown type of message");
  return request;
}

/**
 * @returns undefined for news of a kind that this version doesn't know: skip it
 * @throws {WireError} `bad-stage-message`
 */
export function decodeStageNews(text: string): StageNews | undefined {
  return decode<StageNews>(text, NEWS_CHECKS);
}

function decode<Message extends { type: string }>(
  text: string,
  checks: Checks<Message>,
): Message | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WireError("bad-stage-message", "a message must be JSON", { cause });
  }
  if (!isObject(value) || typeof value["type"] !== "string") {
    throw new WireError("bad-stage-message", "a message must be an object with a type");
  }
  const { type } = value;
  if (!Object.hasOwn(checks, type as string)) return undefined;
  const isRight = checks[type as Message["type"]];
  if (!isRight(value)) throw new WireError("bad-stage-message", `wrong fields in '${type}'`);
  return value as unknown as Message;
}
