import {
  isArrayOf,
  isCount,
  isObject,
  isOneOf,
  isShortText,
  isUserId,
  LIMITS,
  STAGE_ROLES,
  type StageRole,
  type UserId,
} from "@rostra/wire";
import { NetworkError } from "../errors.ts";

/** Somebody who asks to speak. */
export interface RaisedHand {
  readonly id: UserId;
  readonly displayName: string;
  /** ISO 8601. */
  readonly raisedAt: string;
}

/** The queue with its names, for host and co-hosts; the first in it is first in line. */
export interface Hands {
  /** Whether hands may be raised now. */
  readonly open: boolean;
  readonly hands: readonly RaisedHand[];
}

/** What a space holds about the caller: the answer of `me`. */
export interface Me {
  /** null: not on stage. */
  readonly role: StageRole | null;
  /** Place in the queue of hands, from 1 on; null: no hand raised. */
  readonly hand: number | null;
  /** The role that one was asked on stage for by name; null: one wasn't. */
  readonly invited: Exclude<StageRole, "host"> | null;
  /** One may listen, but neither raise a hand nor step on stage. */
  readonly blocked: boolean;
}

export interface BlockedPerson {
  readonly id: UserId;
  /** As they called themself then; left out where that wasn't known. */
  readonly displayName?: string;
}

const MAX_TEXT_CHARS = 200;

function isHand(value: unknown): value is RaisedHand {
  return (
    isObject(value) &&
    isUserId(value["id"]) &&
    isShortText(value["displayName"], MAX_TEXT_CHARS) &&
    isShortText(value["raisedAt"], MAX_TEXT_CHARS)
  );
}

function isBlockedPerson(value: unknown): value is BlockedPerson {
  if (!isObject(value) || !isUserId(value["id"])) return false;
  const name = value["displayName"];
  return name === undefined || isShortText(name, MAX_TEXT_CHARS);
}

/** @throws {NetworkError} `bad-answer` */
export function asHands(value: unknown): Hands {
  if (isObject(value)) {
    const { open, hands } = value;
    if (typeof open === "boolean" && isArrayOf(hands, LIMITS.raisedHands, isHand)) {
      return { open, hands };
    }
  }
  throw new NetworkError("bad-answer", "The server's answer is not a queue of hands");
}

/** @throws {NetworkError} `bad-answer` */
export function asPosition(value: unknown): number {
  if (isObject(value) && isCount(value["position"])) return value["position"];
  throw new NetworkError("bad-answer", "The server's answer is not a place in the queue");
}

/** @throws {NetworkError} `bad-answer` */
export function asMe(value: unknown): Me {
  if (isObject(value)) {
    const { role, hand, invited, blocked } = value;
    if (
      (role === null || isOneOf(role, STAGE_ROLES)) &&
      (hand === null || isCount(hand)) &&
      (invited === null || isOneOf(invited, ["cohost", "speaker"] as const)) &&
      typeof blocked === "boolean"
    ) {
      return { role, hand, invited, blocked };
    }
  }
  throw new NetworkError("bad-answer", "The server's answer doesn't say who we are to the space");
}

/** @throws {NetworkError} `bad-answer` */
export function asBlockedPeople(value: unknown): readonly BlockedPerson[] {
  if (isObject(value) && isArrayOf(value["users"], LIMITS.blockedPeople, isBlockedPerson)) {
    return value["users"];
  }
  throw new NetworkError("bad-answer", "The server's answer is not a list of blocked people");
}
