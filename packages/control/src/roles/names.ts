import { LIMITS, type UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";
import { type Person, refuseUnlessRunning, type SpaceRecord, withNotes } from "./record.ts";

/**
 * Names that listeners show, and hosts would rather not: they go off the list of people, for
 * everybody. The account is remembered, so that showing the name again changes nothing. The sound,
 * and what else somebody may do, is as it was: blocks are for that.
 */

/**
 * Hides a name, whether it is shown now or not. Hidden already is no error.
 * @param person as they call themself, for the hosts' own list
 * @throws {Refusal} `ended`, `forbidden`, `full`
 */
export function hideName(
  record: SpaceRecord,
  actor: UserId,
  person: Person,
  nowMs: number,
): SpaceRecord {
  refuseUnlessRunning(record, actor);
  const { hiddenNames } = record.notes;
  if (hiddenNames.some(({ id }) => id === person.id)) return record;
  if (hiddenNames.length >= LIMITS.blockedPeople) {
    throw new Refusal("full", `${LIMITS.blockedPeople} names are hidden: show one again first`);
  }
  const { id, displayName } = person;
  const entry = { id, displayName, atMs: Math.floor(nowMs) };
  return withNotes(record, { hiddenNames: [...hiddenNames, entry] });
}

/**
 * The name may be shown again, if its owner says yes to that. Not hidden is no error.
 * @throws {Refusal} `ended`, `forbidden`
 */
export function showName(record: SpaceRecord, actor: UserId, target: UserId): SpaceRecord {
  refuseUnlessRunning(record, actor);
  const { hiddenNames } = record.notes;
  const left = hiddenNames.filter(({ id }) => id !== target);
  return left.length === hiddenNames.length ? record : withNotes(record, { hiddenNames: left });
}
