import type { SpaceId, SpaceSnapshot, UserId } from "@rostra/wire";
import { type Kysely, sql } from "kysely";
import { counted } from "../../roles/ahead.ts";
import type { BlockedPerson } from "../../roles/record.ts";
import type { SpaceRule, Store, StoredSpace } from "../store.ts";
import { toBlockedPerson, toMemberRows, toNotesRow, toSpaceRow } from "./rows.ts";
import type { Tables } from "./schema.ts";
import { readSpaces, replaceMembers } from "./space-rows.ts";

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

  async changeSpace(
    id: SpaceId,
    rule: SpaceRule,
    listsOf: readonly UserId[] = [],
    aboveRevision = 0,
  ): Promise<StoredSpace | undefined> {
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
      const [before] = await readSpaces(tx, [row], listsOf);
      const decided = rule(before!);
      const { snapshot, notes } = counted(before!, decided, aboveRevision);
      if (snapshot !== before!.snapshot) {
        await tx.updateTable("spaces").set(toSpaceRow(snapshot)).where("id", "=", id).execute();
        if (snapshot.members !== before!.snapshot.members) await replaceMembers(tx, snapshot);
      }
      if (notes !== before!.notes) {
        const values = toNotesRow(notes);
        await tx
          .insertInto("space_notes")
          .values({ space_id: id, ...values })
          .onConflict((conflict) => conflict.column("space_id").doUpdateSet(values))
          .execute();
      }
      const changed = { ...before!, snapshot, notes };
      if (decided.written === undefined || decided.written === before!.written) return changed;
      const revisions = { snapshot: snapshot.revision, notes: notes.revision };
      const written = { made: decided.written.made, last: decided.written.last, ...revisions };
      const values = { written: JSON.stringify(written) };
      await tx.updateTable("spaces").set(values).where("id", "=", id).execute();
      return { ...changed, written };
    });
  }

  async loadSpace(id: SpaceId): Promise<StoredSpace | undefined> {
    // One moment for all reads: no change may come between a space and its members.
    return this.#db
      .transaction()
      .setIsolationLevel("repeatable read")
      .execute(async (tx) => {
        const rows = await tx.selectFrom("spaces").selectAll().where("id", "=", id).execute();
        return (await readSpaces(tx, rows))[0];
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
        return readSpaces(tx, rows);
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

  async addBlock(owner: UserId, blocked: BlockedPerson, most: number): Promise<boolean> {
    return this.#db.transaction().execute(async (tx) => {
      // One at a time for each owner: two that came together could both find the last place free.
      await sql`select pg_advisory_xact_lock(hashtext(${owner}))`.execute(tx);
      const others = await tx
        .selectFrom("account_blocks")
        .select(({ fn }) => fn.countAll<number | bigint | string>().as("count"))
        .where("user_id", "=", owner)
        .where("blocked_id", "!=", blocked.id)
        .executeTakeFirstOrThrow();
      if (Number(others.count) >= most) return false;
      await tx
        .insertInto("account_blocks")
        .values({
          user_id: owner,
          blocked_id: blocked.id,
          display_name: blocked.displayName,
          blocked_at_ms: Math.floor(blocked.atMs),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return true;
    });
  }

  async removeBlock(owner: UserId, blockedId: UserId): Promise<void> {
    await this.#db
      .deleteFrom("account_blocks")
      .where("user_id", "=", owner)
      .where("blocked_id", "=", blockedId)
      .execute();
  }

  async loadBlocks(owner: UserId): Promise<BlockedPerson[]> {
    const rows = await this.#db
      .selectFrom("account_blocks")
      .selectAll()
      .where("user_id", "=", owner)
      .orderBy("blocked_at_ms")
      .orderBy("blocked_id")
      .execute();
    return rows.map(toBlockedPerson);
  }

  async keepSecret(name: string, secret: string): Promise<string> {
    await this.#db
      .insertInto("secrets")
      .values({ name, secret })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const kept = await this.#db
      .selectFrom("secrets")
      .select("secret")
      .where("name", "=", name)
      .executeTakeFirstOrThrow();
    return kept.secret;
  }

  async close(): Promise<void> {
    await this.#db.destroy();
    await this.#release();
  }
}
