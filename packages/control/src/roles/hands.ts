import { hasProgram, LIMITS, type UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import {
  memberOf,
  type Person,
  refuseBlocked,
  refuseEnded,
  refuseUnlessRunning,
  type SpaceRecord,
  withHands,
} from "./record.ts";

/** The queue of those who ask to speak. */

/** @returns place in the queue, from 1 on; null: no hand raised */
export function handPosition({ notes }: SpaceRecord, userId: UserId): number | null {
  const index = notes.hands.findIndex(({ id }) => id === userId);
  return index < 0 ? null : index + 1;
}

/**
 * Puts somebody at the end of the queue; who stands in it already keeps their place.
 * @throws {Refusal} `ended`, `blocked`, `conflict`, `full`
 */
export function raiseHand(record: SpaceRecord, who: Person, nowMs: number): SpaceRecord {
  refuseEnded(record);
  refuseBlocked(record, who.id);
  const { snapshot, notes } = record;
  if (!hasProgram(snapshot.state)) {
    throw new Refusal("conflict", "the space isn't open yet: raise your hand when it is");
  }
  if (memberOf(record, who.id) !== undefined) {
    throw new Refusal("conflict", "you are on stage already: just speak");
  }
  if (snapshot.invited.some(({ id }) => id === who.id)) {
    throw new Refusal("conflict", "you are invited already: accept the invitation");
  }
  if (handPosition(record, who.id) !== null) return record;
  if (!snapshot.settings.handsOpen) {
    throw new Refusal("conflict", "hands are closed for now: wait until the host opens them");
  }
  if (notes.hands.length >= LIMITS.raisedHands) {
    throw new Refusal("full", `${LIMITS.raisedHands} hands are up already: try again later`);
  }
  const hand = { id: who.id, displayName: who.displayName, raisedAtMs: Math.floor(nowMs) };
  return withHands(record, [...notes.hands, hand]);
}

/**
 * Takes a hand down, one's own or, as host or cohost, another's; none up is no error.
 * @throws {Refusal} `ended`, `forbidden`
 */
export function lowerHand(record: SpaceRecord, actor: UserId, target: UserId): SpaceRecord {
  if (actor === target) refuseEnded(record);
  else refuseUnlessRunning(record, actor);
  if (handPosition(record, target) === null) return record;
  return withHands(
    record,
    record.notes.hands.filter(({ id }) => id !== target),
  );
}

/** @throws {Refusal} `ended`, `forbidden` */
export function lowerAllHands(record: SpaceRecord, actor: UserId): SpaceRecord {
  refuseUnlessRunning(record, actor);
  return record.notes.hands.length === 0 ? record : withHands(record, []);
}

/**
 * Puts some people first, in this order; the others follow as they stood. Who isn't in the queue
 * (any more) is skipped: hands go up and down while a host sorts them.
 * @throws {Refusal} `ended`, `forbidden`
 */
export function orderHands(
  record: SpaceRecord,
  actor: UserId,
  order: readonly UserId[],
): SpaceRecord {
  refuseUnlessRunning(record, actor);
  const { hands } = record.notes;
  const byId = new Map(hands.map((hand) => [hand.id, hand]));
  const first = new Set(order);
  const ordered = [
    ...[...first].flatMap((id) => byId.get(id) ?? []),
    ...hands.filter(({ id }) => !first.has(id)),
  ];
  return ordered.every((hand, index) => hand === hands[index])
    ? record
    : withHands(record, ordered);
}
