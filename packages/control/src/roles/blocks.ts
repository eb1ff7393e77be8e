import { LIMITS, type UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import {
  isBlocked,
  memberOf,
  refuseUnlessRunning,
  roleOf,
  type SpaceRecord,
  withNotes,
} from "./record.ts";
import { revokeLinks } from "./revocations.ts";
import { forgetAsking, takeOffStage } from "./stage.ts";

/** Whom a space keeps off its stage and out of its queue. They may still listen. */

/**
 * Blocks somebody, here or not. Blocked already is no error.
 * @throws {Refusal} `ended`, `forbidden`, `full`
 */
export function blockPerson(
  record: SpaceRecord,
  actor: UserId,
  target: UserId,
  nowMs: number,
): SpaceRecord {
  refuseUnlessRunning(record, actor);
  if (actor === target) throw new Refusal("forbidden", "you can't block yourself");
  if (roleOf(record, target) === "host") {
    throw new Refusal("forbidden", "the host can't be blocked");
  }
  const { blocked } = record.notes;
  if (blocked.some(({ id }) => id === target)) return record;
  if (blocked.length >= LIMITS.blockedPeople) {
    throw new Refusal("full", `${LIMITS.blockedPeople} people are blocked: unblock one first`);
  }
  const entry = { id: target, displayName: nameOf(record, target), atMs: Math.floor(nowMs) };
  const noted = withNotes(record, { blocked: [...blocked, entry] });
  return revokeLinks(expel(noted, target), target, "all", nowMs);
}

/**
 * They may ask to speak again; links from before the block stay dead for them.
 * @throws {Refusal} `ended`, `forbidden`
 */
export function unblockPerson(record: SpaceRecord, actor: UserId, target: UserId): SpaceRecord {
  refuseUnlessRunning(record, actor);
  const blocked = record.notes.blocked.filter(({ id }) => id !== target);
  return blocked.length === record.notes.blocked.length ? record : withNotes(record, { blocked });
}

/**
 * Takes away whoever is here and blocked: the host's own list may have grown since they came, or
 * the space may have another host by now.
 */
export function expelBlocked(record: SpaceRecord, nowMs: number): SpaceRecord {
  const { snapshot, notes } = record;
  const here = [...snapshot.members, ...snapshot.invited, ...notes.hands].map(({ id }) => id);
  return here
    .filter((id) => isBlocked(record, id))
    .reduce((rest, id) => revokeLinks(expel(rest, id), id, "all", nowMs), record);
}

function expel(record: SpaceRecord, userId: UserId): SpaceRecord {
  return forgetAsking(takeOffStage(record, userId), userId);
}

/** As they call themself on stage or in the queue. */
function nameOf(record: SpaceRecord, userId: UserId): string | null {
  const hand = record.notes.hands.find(({ id }) => id === userId);
  return (memberOf(record, userId) ?? hand)?.displayName ?? null;
}
