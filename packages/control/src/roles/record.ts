import type { Notice, SpaceSnapshot, StageMember, StageRole, UserId } from "@rostra/wire";
import { Refusal } from "../errors.ts";

/**
 * A space as its rules see it. Rules are pure: they take a record and give a record, the same
 * object where nothing changes, and refuse by throwing.
 */

/** Somebody who asks to speak. */
export interface RaisedHand {
  readonly id: UserId;
  readonly displayName: string;
  readonly raisedAtMs: number;
}

/** Invitation links that were made up to `atMs` don't work for this person any more. */
export interface Revocation {
  readonly id: UserId;
  readonly atMs: number;
  /** all: removed from the stage. cohost: demoted, a speaker's link goes on working. */
  readonly links: "all" | "cohost";
}

export interface BlockedPerson {
  readonly id: UserId;
  /** As they called themself then; null where that wasn't known. */
  readonly displayName: string | null;
  readonly atMs: number;
}

/** What control notes of a space besides its snapshot: for the hosts, or for nobody. */
export interface SpaceNotes {
  /** Grows with each change of the notes. */
  readonly revision: number;
  /** In order: the first is first in line. */
  readonly hands: readonly RaisedHand[];
  /** Grows with each change of the queue, and when it opens or closes. */
  readonly handsRevision: number;
  /** Sent backstage by a host; whoever leaves the stage meanwhile comes back there. */
  readonly sentBackstage: readonly UserId[];
  /** Left the stage while their microphone was locked: it is locked when they come back. */
  readonly lockedAway: readonly UserId[];
  readonly revoked: readonly Revocation[];
  /** Links that were made up to this time work for nobody new; 0: all work. */
  readonly linksFromMs: number;
  readonly blocked: readonly BlockedPerson[];
  /** Whose names aren't shown among those who listen, whatever they say themselves. */
  readonly hiddenNames: readonly BlockedPerson[];
  /** What the hosts said last; with an empty text they took it back. null: nothing yet. */
  readonly notice: Notice | null;
}

export const NO_NOTES: SpaceNotes = {
  revision: 0,
  hands: [],
  handsRevision: 0,
  sentBackstage: [],
  lockedAway: [],
  revoked: [],
  linksFromMs: 0,
  blocked: [],
  hiddenNames: [],
  notice: null,
};

export interface SpaceRecord {
  readonly snapshot: SpaceSnapshot;
  readonly notes: SpaceNotes;
  /** Whom people keep off the stages that they host: of this host at least. Read only. */
  readonly blockLists: ReadonlyMap<UserId, ReadonlySet<UserId>>;
}

/** Who acts, as their token says. */
export interface Person {
  readonly id: UserId;
  readonly displayName: string;
}

export function memberOf(record: SpaceRecord, userId: UserId): StageMember | undefined {
  return record.snapshot.members.find((member) => member.id === userId);
}

/** @returns undefined for who is not on stage */
export function roleOf(record: SpaceRecord, userId: UserId): StageRole | undefined {
  return memberOf(record, userId)?.role;
}

/** A space has a host from its first moment to its last. */
export function hostOf(record: SpaceRecord): StageMember {
  return record.snapshot.members.find(({ role }) => role === "host")!;
}

export function cohostsOf(record: SpaceRecord): readonly StageMember[] {
  return record.snapshot.members.filter(({ role }) => role === "cohost");
}

/** By the space's own list, or by that of whoever hosts it now. The host never is. */
export function isBlocked(record: SpaceRecord, userId: UserId): boolean {
  const hostId = hostOf(record).id;
  if (userId === hostId) return false;
  return (
    record.notes.blocked.some(({ id }) => id === userId) ||
    (record.blockLists.get(hostId)?.has(userId) ?? false)
  );
}

export function withSnapshot(record: SpaceRecord, change: Partial<SpaceSnapshot>): SpaceRecord {
  return { ...record, snapshot: { ...record.snapshot, ...change } };
}

export function withNotes(record: SpaceRecord, change: Partial<SpaceNotes>): SpaceRecord {
  return { ...record, notes: { ...record.notes, ...change } };
}

export function withHands(record: SpaceRecord, hands: readonly RaisedHand[]): SpaceRecord {
  return withNotes(record, { hands, handsRevision: record.notes.handsRevision + 1 });
}

export function withMember(record: SpaceRecord, changed: StageMember): SpaceRecord {
  const { members } = record.snapshot;
  return withSnapshot(record, {
    members: members.map((member) => (member.id === changed.id ? changed : member)),
  });
}

/** `list` without `item`: the same list where it isn't in it. */
export function without<T>(list: readonly T[], item: T): readonly T[] {
  return list.includes(item) ? list.filter((each) => each !== item) : list;
}

/** @throws {Refusal} `ended` */
export function refuseEnded({ snapshot }: SpaceRecord): void {
  if (snapshot.state === "ended") throw new Refusal("ended", "the space has ended: open a new one");
}

/** @throws {Refusal} `forbidden` for everybody but the host and cohosts */
export function refuseNonModerators(record: SpaceRecord, actor: UserId): void {
  const role = roleOf(record, actor);
  if (role !== "host" && role !== "cohost") {
    throw new Refusal("forbidden", "only the host and cohosts can do that");
  }
}

/** What comes before every rule for hosts. @throws {Refusal} `ended`, `forbidden` */
export function refuseUnlessRunning(record: SpaceRecord, actor: UserId): void {
  refuseEnded(record);
  refuseNonModerators(record, actor);
}

/** @throws {Refusal} `blocked` */
export function refuseBlocked(record: SpaceRecord, userId: UserId): void {
  if (isBlocked(record, userId)) {
    throw new Refusal("blocked", "you are blocked here: you can listen, but not come on stage");
  }
}

/**
 * What is missing depends on who asks: oneself, or somebody by an id.
 * @throws {Refusal} `not-on-stage`, `not-found`
 */
export function memberOrRefuse(record: SpaceRecord, actor: UserId, target: UserId): StageMember {
  const member = memberOf(record, target);
  if (member !== undefined) return member;
  throw actor === target
    ? new Refusal("not-on-stage", "you are not on stage: use an invitation first")
    : new Refusal("not-found", "nobody with that id is on stage");
}
