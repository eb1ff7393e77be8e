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
  /** The last change of each maker since: tells an older one from one made beside it. */
  readonly made: Readonly<Record<string, number>>;
}

/**
 * Of the changes that were made without the store, those that it has by now: kept with the space, so that
 * nobody writes one down twice, however late they come with it.
 */
export interface Written extends Landed {
  /** Revisions with which the last was written. */
  readonly snapshot: number;
  readonly notes: number;
}

/** What the store is told with what lands there. */
interface Landed extends Made {
  /** Only of what landed last. */
  readonly last: Ahead["made"];
}

/** Whose changes a space remembers as written: more than controls have lived through outages together. */
const MOST_MAKERS = 64;

/**
 * Leaves the store.
 * @param base revisions that the store was last seen with; left out: those of `record`
 */
export function leaveStore(record: SpaceRecord, base?: Ahead["base"]): Ahead {
  const { snapshot, notes } = record;
  const own = { snapshot: snapshot.revision, notes: notes.revision };
  return { record, base: base ?? own, made: {} };
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

/**
 * A name for one life of a control: what it counts is never counted again, by nobody, so that changes of
 * different outages are told apart.
 */
export function makerOf(control: string, nowMs: number): string {
  const chance = crypto.randomUUID().slice(0, 4);
  return `${control}@${Math.floor(nowMs).toString(36).padStart(9, "0")}${chance}`;
}

/**
 * One more change.
 * @param maker see {@link makerOf}
 * @param count how many it has made by now, of all spaces
 */
export function changedBy(maker: string, ahead: Ahead, record: SpaceRecord, count: number): Ahead {
  return { ...ahead, record, made: { ...ahead.made, [maker]: count } };
}

/** The last change of each maker. */
export type Made = Pick<Ahead, "made">;

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
  const base = {
    snapshot: Math.min(a.base.snapshot, b.base.snapshot),
    notes: Math.min(a.base.notes, b.base.notes),
  };
  return { record: above(restricted, loser.record), base, made: bothMade(a, b) };
}

/**
 * What a control goes on with that finds, besides what is ahead now, what it kept of an earlier life: what is
 * ahead now holds, with all that was taken away in the other.
 */
export function withKept(ahead: Ahead, kept: Ahead): Ahead {
  if (includes(ahead, kept)) return ahead;
  if (includes(kept, ahead)) return kept;
  const restricted = restrictedBy(ahead.record, kept.record);
  return { ...ahead, record: above(restricted, kept.record), made: bothMade(ahead, kept) };
}

function bothMade(a: Made, b: Made): Ahead["made"] {
  const made: Record<string, number> = { ...a.made };
  for (const [maker, count] of Object.entries(b.made)) {
    made[maker] = Math.max(made[maker] ?? 0, count);
  }
  return made;
}

/** A space as the store has it. */
type Stored = SpaceRecord & { readonly written?: Written };

/** A space as it is to be stored; with what is written by it, where that is more than before. */
export type Landing = SpaceRecord & { readonly written?: Landed };

/**
 * What the store should hold. What it has been given before is not given again. What is ahead stands,
 * unless the store has gone further: others have written there then. Where both were changed, what was
 * taken away in either holds.
 * @param isOld it was kept by a control that ended: where the store has changed since, that is the truth
 */
export function landed(stored: Stored, ahead: Ahead, isOld = false): Landing {
  const { record } = ahead;
  if (stored.written !== undefined && includes(stored.written, ahead)) return stored;
  const marked = { ...stored, written: withMakers(stored, ahead) };
  if (isAsItWas(stored, ahead)) {
    return { ...marked, snapshot: record.snapshot, notes: record.notes };
  }
  const isOvertaken = stored.snapshot.revision > record.snapshot.revision;
  if (isOld || isOvertaken) return restrictedBy(marked, record);
  const { snapshot, notes } = restrictedBy(record, stored);
  return { ...marked, snapshot, notes };
}

/** Whether nobody has changed the store since the space left it, but by writing down a part of this. */
function isAsItWas({ snapshot, notes, written }: Stored, { base, ...ahead }: Ahead): boolean {
  if (snapshot.revision <= base.snapshot && notes.revision <= base.notes) return true;
  if (written === undefined || !includes(ahead, { made: written.last })) return false;
  return snapshot.revision === written.snapshot && notes.revision === written.notes;
}

function withMakers({ written }: Stored, ahead: Ahead): Landed {
  const all = Object.entries(bothMade(written ?? { made: {} }, ahead));
  // The oldest are forgotten first: a maker's name ends with when it began.
  const began = (maker: string) => maker.slice(maker.lastIndexOf("@") + 1);
  const newest = all.toSorted(([a], [b]) => (began(a) < began(b) ? 1 : -1)).slice(0, MOST_MAKERS);
  return { made: Object.fromEntries(newest), last: ahead.made };
}

/** A space that waits for the store, which can be read for now and not be written to. */
export function aheadOf(stored: Stored, landing: Landing, made: Ahead["made"]): Ahead {
  const { snapshot, notes, blockLists } = counted(stored, landing);
  const base = { snapshot: stored.snapshot.revision, notes: stored.notes.revision };
  return { record: { snapshot, notes, blockLists }, base, made };
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
