import { isCount, isObject, isSpaceSnapshot, isUserId, type UserId } from "@rostra/wire";
import { NO_NOTES, type SpaceNotes, type SpaceRecord } from "./record.ts";
import { restrictedBy } from "./restrict.ts";

/**
 * A space that was changed without the store, and is ahead of it. It lies whole in the relay's state,
 * where it outlives whoever changed it, until a control has written it down. Pure.
 */
export interface Ahead {
  readonly record: SpaceRecord;
  /** Revisions up to which the store was known when the space left it. */
  readonly base: { readonly snapshot: number; readonly notes: number };
  /** How many changes each control has made since: tells an older one from one made beside it. */
  readonly made: Readonly<Record<string, number>>;
}

/** Leaves the store. @param record as it was last known there */
export function leaveStore(record: SpaceRecord): Ahead {
  const { snapshot, notes } = record;
  return { record, base: { snapshot: snapshot.revision, notes: notes.revision }, made: {} };
}

/** Counts the revisions of what a rule has changed. The same record where it changed nothing. */
export function counted(before: SpaceRecord, decided: SpaceRecord, above = 0): SpaceRecord {
  let { snapshot, notes } = decided;
  if (snapshot === before.snapshot && notes === before.notes) return before;
  if (snapshot !== before.snapshot) {
    const revision = Math.max(before.snapshot.revision, snapshot.revision, above) + 1;
    snapshot = { ...snapshot, revision };
  }
  if (notes !== before.notes) {
    notes = { ...notes, revision: Math.max(before.notes.revision, notes.revision) + 1 };
  }
  return { ...before, snapshot, notes };
}

/** One more change, made by that control. */
export function changedBy(control: string, ahead: Ahead, record: SpaceRecord): Ahead {
  const made = { ...ahead.made, [control]: (ahead.made[control] ?? 0) + 1 };
  return { ...ahead, record, made };
}

/** How many changes each control has made. */
type Made = Pick<Ahead, "made">;

/** Whether `a` has all that was changed in `b`; so has each of itself. */
export function includes(a: Made, b: Made): boolean {
  return Object.entries(b.made).every(([control, count]) => (a.made[control] ?? 0) >= count);
}

/**
 * One of two, whichever has all of the other's changes. Where controls changed a space beside each
 * other, because they couldn't hear one another, the one that went further holds, with all that was
 * taken away in the other: every control makes the same of the same two.
 */
export function joined(a: Ahead, b: Ahead): Ahead {
  if (includes(a, b)) return a;
  if (includes(b, a)) return b;
  const [winner, loser] = rank(a) > rank(b) ? [a, b] : [b, a];
  const restricted = restrictedBy(winner.record, loser.record);
  const made: Record<string, number> = { ...a.made };
  for (const [control, count] of Object.entries(b.made)) {
    made[control] = Math.max(made[control] ?? 0, count);
  }
  const base = {
    snapshot: Math.min(a.base.snapshot, b.base.snapshot),
    notes: Math.min(a.base.notes, b.base.notes),
  };
  return { record: above(restricted, loser.record), base, made };
}

/**
 * What the store should hold. What is ahead stands, unless the store has gone further: others have
 * written there then. Where both were changed, what was taken away in either holds.
 */
export function landed<Stored extends SpaceRecord>(stored: Stored, ahead: Ahead): SpaceRecord {
  const { record, base } = ahead;
  if (stored.snapshot.revision > record.snapshot.revision) return restrictedBy(stored, record);
  const isForked = stored.snapshot.revision > base.snapshot || stored.notes.revision > base.notes;
  const { snapshot, notes } = isForked ? restrictedBy(record, stored) : record;
  return { ...stored, snapshot, notes };
}

/** By which of two is the one to go on with: ended, then the higher revision, then by name. */
function rank({ record: { snapshot }, made }: Ahead): string {
  const isOver = snapshot.state === "ended" ? 1 : 0;
  const names = JSON.stringify(Object.entries(made).sort());
  return `${isOver} ${String(snapshot.revision).padStart(16, "0")} ${names}`;
}

/** Shown to all who have seen either: above both. */
function above(record: SpaceRecord, other: SpaceRecord): SpaceRecord {
  const { snapshot, notes } = record;
  const revision = Math.max(snapshot.revision, other.snapshot.revision) + 1;
  const notesRevision = Math.max(notes.revision, other.notes.revision) + 1;
  return {
    ...record,
    snapshot: { ...snapshot, revision },
    notes: { ...notes, revision: notesRevision },
  };
}

/** Says in the relay's state what was written down, before it is taken away from there. */
export function writtenDown({ made }: Ahead): object {
  return { written: made };
}

/** @returns undefined for what isn't {@link writtenDown} */
export function readWritten(value: unknown): Made | undefined {
  if (!isObject(value) || !isMade(value["written"])) return undefined;
  return { made: value["written"] };
}

function isMade(value: unknown): value is Ahead["made"] {
  return isObject(value) && Object.values(value).every(isCount);
}

/** For the relay's state: only controls read it. */
export function toShared({ record, base, made }: Ahead): object {
  const { snapshot, notes, blockLists } = record;
  const lists = [...blockLists].map(([owner, list]) => [owner, [...list]]);
  return { snapshot, notes, blockLists: lists, base, made };
}

/** @returns undefined for what isn't of this form */
export function fromShared(value: unknown): Ahead | undefined {
  if (!isObject(value) || !isSpaceSnapshot(value["snapshot"]) || !isNotes(value["notes"])) return;
  const { snapshot, notes, base, made, blockLists } = value;
  if (!isObject(base) || !isCount(base["snapshot"]) || !isCount(base["notes"])) return;
  if (!isMade(made) || !isLists(blockLists)) return;
  const lists = new Map(blockLists.map(([owner, list]) => [owner, new Set(list)]));
  return {
    // A control of the version before knows nothing of some notes.
    record: { snapshot, notes: { ...NO_NOTES, ...notes }, blockLists: lists },
    base: { snapshot: base["snapshot"], notes: base["notes"] },
    made,
  };
}

function isLists(value: unknown): value is [UserId, UserId[]][] {
  return (
    Array.isArray(value) &&
    value.every(
      (each) => Array.isArray(each) && isUserId(each[0]) && isListOf(each[1], (id) => isUserId(id)),
    )
  );
}

function isListOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

function isNotes(value: unknown): value is SpaceNotes {
  if (!isObject(value)) return false;
  const isNamed = (item: unknown) => isObject(item) && isUserId(item["id"]);
  return (
    isCount(value["revision"]) &&
    isCount(value["handsRevision"]) &&
    isCount(value["linksFromMs"]) &&
    isListOf(value["hands"], isNamed) &&
    isListOf(value["revoked"], isNamed) &&
    isListOf(value["blocked"], isNamed) &&
    (value["hiddenNames"] === undefined || isListOf(value["hiddenNames"], isNamed)) &&
    isListOf(value["sentBackstage"], isUserId) &&
    isListOf(value["lockedAway"], isUserId) &&
    (value["notice"] === null || isObject(value["notice"]))
  );
}
