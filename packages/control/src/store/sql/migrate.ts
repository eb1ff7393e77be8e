import { readdir, readFile } from "node:fs/promises";
import { type Kysely, sql, type Transaction } from "kysely";
import { ControlError } from "../../errors.ts";
import type { Tables } from "./schema.ts";

const MIGRATIONS_DIRECTORY = new URL("./migrations/", import.meta.url);
const FILE_NAME = /^(?<version>\d{4})_(?<name>[a-z0-9_]+)\.sql$/;

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/**
 * Brings the tables up to date, all in one transaction: a start that is cut short leaves what was
 * there before.
 * @returns names of the migrations applied now
 * @throws {ControlError} `store-too-new` where a newer Rostra has written these tables
 */
export async function migrate(db: Kysely<Tables>, nowMs: number): Promise<string[]> {
  const migrations = await readMigrations();
  return db.transaction().execute(async (tx) => {
    // Two servers that start at once on one database take turns. PostgreSQL's "if not exists" alone
    // fails where two make a table in the same moment.
    await sql`select pg_advisory_xact_lock(hashtext('rostra migrations'))`.execute(tx);
    await sql`create table if not exists schema_migrations (
      version integer primary key,
      name text not null,
      applied_at_ms bigint not null
    )`.execute(tx);
    const applied = await appliedVersions(tx);
    const newest = migrations.at(-1)?.version ?? 0;
    const unknown = [...applied].find((version) => version > newest);
    if (unknown !== undefined) {
      throw new ControlError(
        "store-too-new",
        `the store was written by a newer Rostra (migration ${unknown}, this one knows ${newest}): update Rostra`,
      );
    }
    const pending = migrations.filter(({ version }) => !applied.has(version));
    for (const { version, name, statements } of pending) {
      for (const statement of statements) await sql.raw(statement).execute(tx);
      await tx
        .insertInto("schema_migrations")
        .values({ version, name, applied_at_ms: Math.floor(nowMs) })
        .execute();
    }
    return pending.map(({ name }) => name);
  });
}

/** The version that this Rostra brings tables to. */
export async function newestMigration(): Promise<number> {
  return (await readMigrations()).at(-1)?.version ?? 0;
}

async function appliedVersions(tx: Transaction<Tables>): Promise<Set<number>> {
  const rows = await tx.selectFrom("schema_migrations").select("version").execute();
  return new Set(rows.map((row) => row.version));
}

async function readMigrations(): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for (const file of (await readdir(MIGRATIONS_DIRECTORY)).sort()) {
    const groups = FILE_NAME.exec(file)?.groups;
    if (groups === undefined) continue;
    const text = await readFile(new URL(file, MIGRATIONS_DIRECTORY), "utf8");
    migrations.push({
      version: Number(groups["version"]),
      name: groups["name"]!,
      statements: splitStatements(text),
    });
  }
  return migrations;
}

/** A statement ends with a semicolon at the end of a line; drivers take one at a time. */
function splitStatements(text: string): string[] {
  return text
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}
