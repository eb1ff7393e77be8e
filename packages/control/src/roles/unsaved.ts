import type { Unsaved, UserId } from "@rostra/wire";
import { memberOf, type SpaceRecord, withMember } from "./record.ts";
import { revokeLinks } from "./revocations.ts";
import { takeOffStage } from "./stage.ts";

/** Taking away without the store, and writing it down later: mutes, locks and removals. */

/**
 * What a rule took away, and nothing else of what it did.
 * @returns undefined where it took nothing away
 */
export function takenAway(
  before: SpaceRecord,
  after: SpaceRecord,
  nowMs: number,
): Unsaved | undefined {
  const muted: UserId[] = [];
  const locked: UserId[] = [];
  const removed: { id: UserId; atMs: number }[] = [];
  for (const member of before.snapshot.members) {
    const now = memberOf(after, member.id);
    if (now === undefined) removed.push({ id: member.id, atMs: Math.ceil(nowMs) });
    else {
      if (now.muted && !member.muted) muted.push(member.id);
      if (now.micLocked && !member.micLocked) locked.push(member.id);
    }
  }
  if (muted.length + locked.length + removed.length === 0) return undefined;
  return { revision: before.snapshot.revision, muted, locked, removed };
}

/** The same record where all of it holds already. A removal also ends the links of before. */
export function withUnsaved(record: SpaceRecord, unsaved: Unsaved): SpaceRecord {
  if (record.snapshot.state === "ended") return record;
  let changed = record;
  for (const { id, muted, micLocked, ...member } of record.snapshot.members) {
    const mutes = unsaved.muted.includes(id) && !muted;
    const locks = unsaved.locked.includes(id) && !micLocked;
    if (!mutes && !locks) continue;
    const restricted = { id, ...member, muted: true, micLocked: micLocked || locks };
    changed = withMember(changed, restricted);
  }
  for (const { id, atMs } of unsaved.removed) {
    const removed = takeOffStage(changed, id);
    if (removed !== changed) changed = revokeLinks(removed, id, "all", atMs);
  }
  return changed;
}

/** Both of them: taking away only adds up. */
export function merged(a: Unsaved, b: Unsaved): Unsaved {
  const union = (x: readonly UserId[], y: readonly UserId[]) => [...new Set([...x, ...y])].sort();
  const removed = new Map(a.removed.map((each) => [each.id, each]));
  for (const each of b.removed) {
    if (each.atMs > (removed.get(each.id)?.atMs ?? 0)) removed.set(each.id, each);
  }
  return {
    revision: Math.max(a.revision, b.revision),
    muted: union(a.muted, b.muted),
    locked: union(a.locked, b.locked),
    removed: [...removed.values()].sort((x, y) => (x.id < y.id ? -1 : 1)),
  };
}

/** Whether `a` has anything that `b` has not. */
export function saysMore(a: Unsaved, b: Unsaved): boolean {
  const has = (ids: readonly UserId[], id: UserId) => ids.includes(id);
  return (
    a.revision > b.revision ||
    a.muted.some((id) => !has(b.muted, id)) ||
    a.locked.some((id) => !has(b.locked, id)) ||
    a.removed.some(({ id, atMs }) => !b.removed.some((it) => it.id === id && it.atMs >= atMs))
  );
}
