import { isArrayOf, isCount, isObject, isShortText, isTimeMs } from "./check.ts";
import { isFrameNumber } from "./frame.ts";
import { isUserId, type UserId } from "./ids.ts";

/** What stages say of themselves: how full they are, and, of a pair, what the second is to follow. */

/**
 * What one stage says of itself each second, as shared state `stage-load/{name}`. It goes with the
 * stage's connection to the relay, however that ends.
 */
export interface StageLoad {
  /** Share of the last second in which its event loop was busy, 0 to 1. */
  readonly utilisation: number;
  /** Spaces whose program it runs, as first or as second. */
  readonly programs: number;
  /** Connections of speakers. */
  readonly speakers: number;
  /** Whether it takes more spaces. */
  readonly accepts: boolean;
  /** Which machine it runs on, as far as it knows: two stages of one machine are no pair. */
  readonly machine?: string;
  /** True while it hands over its spaces and goes; absent: it stays. */
  readonly isDraining?: boolean;
}

/** Where in a microphone's sound the program is. */
export interface VoicePlace {
  readonly id: UserId;
  /**
   * What is heard at the beginning of the frame was captured then, by the clock of the client's
   * own sender reports, ms since 1970, with fractions.
   */
  readonly capturedMs: number;
  /** How far their voice is turned up or down, dB; absent: it is left as it comes. */
  readonly gainDb?: number;
}

/**
 * What the first stage of a pair says for the second, ten times a second at most: so that the same
 * frame of both carries the same instant, however different their clocks and ways are. The second
 * says in the same way where it would have the voices, by its own way to them, so that the first
 * can wait for both.
 */
export interface StageTiming {
  /** Of the snapshot that made its writer the first. */
  readonly term: number;
  readonly frame: number;
  /** When this was said, by the writer's clock for the space, ms since 1970, with fractions. */
  readonly atMs: number;
  /** Of those that are heard without a break at the beginning of `frame`. */
  readonly voices: readonly VoicePlace[];
}

const MAX_VOICES = 100;
const MAX_GAIN_DB = 120;

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

export function isStageLoad(value: unknown): value is StageLoad {
  return (
    isObject(value) &&
    isNumber(value["utilisation"]) &&
    isCount(value["programs"]) &&
    isCount(value["speakers"]) &&
    typeof value["accepts"] === "boolean" &&
    (value["machine"] === undefined || isShortText(value["machine"], 300)) &&
    (value["isDraining"] === undefined || typeof value["isDraining"] === "boolean")
  );
}

function isVoicePlace(value: unknown): value is VoicePlace {
  return (
    isObject(value) &&
    isUserId(value["id"]) &&
    isTimeMs(value["capturedMs"]) &&
    (value["gainDb"] === undefined ||
      (isNumber(value["gainDb"]) && Math.abs(value["gainDb"]) <= MAX_GAIN_DB))
  );
}

export function isStageTiming(value: unknown): value is StageTiming {
  return (
    isObject(value) &&
    isCount(value["term"]) &&
    isFrameNumber(value["frame"]) &&
    isTimeMs(value["atMs"]) &&
    isArrayOf(value["voices"], MAX_VOICES, isVoicePlace)
  );
}
