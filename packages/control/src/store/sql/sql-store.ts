import type { SpaceId, SpaceSnapshot } from "@rostra/wire";
import type { Kysely, Transaction } from "kysely";
import type { SpaceRule, Store, StoredSpace } from "../store.ts";
import { toMemberRows, toSpaceRow, toStoredSpace } from "./rows.ts";
import type { Tables } from "./schema.ts";

/**
 * The store in PostgreSQL's SQL, for any driver that Kysely speaks to. Migrated tables are taken
 * for granted.
 * @param release what the adapter gives back after the connection is closed
 */
export class SqlStore implements Store {
  readonly #db: Kysely<Tables>;
  readonly #release: () => Promise<void>;

  constructor(db: Kysely<Tables>, release: () => Promise<void>) {
    this.#db = db;
    this.#release = release;
  }

  async addSpace(space: SpaceSnapshot): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await tx
        .insertInto("spaces")
        .values({ ...toSpaceRow(space), peak_listeners: 0 })
        .execute();
      await tx.insertInto("stage_members").values(toMemberRows(space)).execute();
    });
  }

  async changeSpace(id: SpaceId, rule: SpaceRule): Promise<StoredSpace | undefined> {
    return this.#db.transaction().execute(async (tx) => {
      // The row's lock makes changes of one space queue up, also across processes: each rule sees
      // what the one before it wrote, and none is lost or has to be tried again.
      const row = await tx
        .selectFrom("spaces")
        .selectAll()
        .where("id", "=", id)
        .forUpdate()
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const before = toStoredSpace(row, await membersOf(tx, [id]));
      const decided = rule(before.snapshot);
      if (decided === before.snapshot) return before;
      const snapshot = { ...decided, revision: before.snapshot.revision + 1 };
      await tx.updateTable("spaces").set(toSpaceRow(snapshot)).where("id", "=", id).execute();
      if (decided.members !== before.snapshot.members) await replaceMembers(tx, snapshot);
      return { ...before, snapshot };
    });
  }

  async loadSpace(id: SpaceId): Promise<StoredSpace | undefined> {
    // One moment for both reads: no change may come between a space and its members.
    return this.#db
      .transaction()
      .setIsolationLevel("repeatable read")
      .execute(async (tx) => {
        const row = await tx
          .selectFrom("spaces")
          .selectAll()
          .where("id", "=", id)
          .executeTakeFirst();
        return row && toStoredSpace(row, await membersOf(tx, [id]));
      });
  }

  async loadCurrentSpaces(endedSinceMs: number): Promise<StoredSpace[]> {
    return this.#db
      .transaction()
      .setIsolationLevel("repeatable read")
      .execute(async (tx) => {
        const rows = await tx
          .selectFrom("spaces")
          .selectAll()
          .where((eb) =>
            eb.or([
              eb("ended_at_ms", "is", null),
              eb("ended_at_ms", ">=", Math.floor(endedSinceMs)),
            ]),
          )
          .execute();
        const members = Map.groupBy(
          await membersOf(
            tx,
            rows.map((row) => row.id),
          ),
          (member) => member.space_id,
        );
        return rows.map((row) => toStoredSpace(row, members.get(row.id) ?? []));
      });
  }

  async raisePeaks(peaks: ReadonlyMap<SpaceId, number>): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      for (const [id, peak] of peaks) {
        await tx
          .updateTable("spaces")
          .set({ peak_listeners: peak })
          .where("id", "=", id)
          .where("peak_listeners", "<", peak)
          .execute();
      }
    });
  }

  async close(): Promise<void> {
    await this.#db.destroy();
    await this.#release();
  }
}

/** @returns rows of all these spaces, each space's in order of arrival */
async function membersOf(tx: Transaction<Tables>, spaceIds: readonly string[]) {
  if (spaceIds.length === 0) return [];
  return tx
    .selectFrom("stage_members")
    .selectAll()
    .where("space_id", "in", spaceIds)
    .orderBy("position")
    .execute();
}

/** A stage holds a dozen people: writing them all again is simpler than telling what differs. */
async function replaceMembers(tx: Transaction<Tables>, space: SpaceSnapshot): Promise<void> {
  await tx.deleteFrom("stage_members").where("space_id", "=", space.id).execute();
  if (space.members.length === 0) return;
  await tx.insertInto("stage_members").values(toMemberRows(space)).execute();
}
