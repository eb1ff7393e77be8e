import type { SpaceSnapshot, UserId } from "@rostra/wire";
import type { Selectable, Transaction } from "kysely";
import type { StoredSpace } from "../store.ts";
import { toMemberRows, toNotes, toSnapshot } from "./rows.ts";
import type { SpacesTable, Tables } from "./schema.ts";

/** What belongs to a space and is kept in other tables than its own row. */

/**
 * Reads what belongs to each of these rows.
 * @param listsOf whose block lists are wanted besides each host's
 */
export async function readSpaces(
  tx: Transaction<Tables>,
  rows: readonly Selectable<SpacesTable>[],
  listsOf: readonly UserId[] = [],
): Promise<StoredSpace[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  // One after the other: a transaction has one connection.
  const members = await tx
    .selectFrom("stage_members")
    .selectAll()
    .where("space_id", "in", ids)
    .orderBy("position")
    .execute();
  const notes = await tx
    .selectFrom("space_notes")
    .selectAll()
    .where("space_id", "in", ids)
    .execute();
  const hosts = members.filter(({ role }) => role === "host").map((host) => host.user_id);
  const blockLists = await readBlockLists(tx, [...new Set([...hosts, ...listsOf])]);
  const membersById = Map.groupBy(members, (member) => member.space_id);
  const notesById = new Map(notes.map((each) => [each.space_id, each]));
  return rows.map((row) => ({
    snapshot: toSnapshot(row, membersById.get(row.id) ?? []),
    notes: toNotes(notesById.get(row.id)),
    blockLists,
    peakListeners: row.peak_listeners,
    ...(row.written !== null && { written: row.written }),
  }));
}

async function readBlockLists(
  tx: Transaction<Tables>,
  owners: readonly string[],
): Promise<ReadonlyMap<UserId, ReadonlySet<UserId>>> {
  if (owners.length === 0) return new Map();
  const rows = await tx
    .selectFrom("account_blocks")
    .select(["user_id", "blocked_id"])
    .where("user_id", "in", owners)
    .execute();
  const byOwner = Map.groupBy(rows, (row) => row.user_id as UserId);
  return new Map(
    [...byOwner].map(([owner, list]) => [
      owner,
      new Set(list.map((row) => row.blocked_id as UserId)),
    ]),
  );
}

/** A stage holds a dozen people: writing them all again is simpler than telling what differs. */
export async function replaceMembers(tx: Transaction<Tables>, space: SpaceSnapshot): Promise<void> {
  await tx.deleteFrom("stage_members").where("space_id", "=", space.id).execute();
  if (space.members.length === 0) return;
  await tx.insertInto("stage_members").values(toMemberRows(space)).execute();
}
