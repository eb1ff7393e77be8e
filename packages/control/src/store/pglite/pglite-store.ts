import { mkdir } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";
import type { Clock } from "@rostra/wire";
import { Kysely, PGliteDialect } from "kysely";
import { migrate } from "../sql/migrate.ts";
import type { Tables } from "../sql/schema.ts";
import { SqlStore } from "../sql/sql-store.ts";
import type { Store } from "../store.ts";

/** The store in a folder on this machine: PostgreSQL compiled to WebAssembly. */
export async function openPgliteStore(options: {
  readonly directory: string;
  readonly clock: Clock;
}): Promise<Store> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const pglite = await PGlite.create({ dataDir: options.directory });
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
  await migrate(db, options.clock.nowMs());
  return new SqlStore(db, async () => {});
}
