import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { Clock } from "@rostra/wire";
import { Kysely, PGliteDialect } from "kysely";
import { ControlError } from "../../errors.ts";
import { migrate } from "../sql/migrate.ts";
import type { Tables } from "../sql/schema.ts";
import { SqlStore } from "../sql/sql-store.ts";
import type { Store } from "../store.ts";
import { lockFolder } from "./folder-lock.ts";
import { durableStartParams, SyncedFolder, syncTree } from "./synced-folder.ts";

export interface PgliteStoreOptions {
  /** Made where it is missing. Beside it stand `<directory>.lock.*`. */
  readonly directory: string;
  readonly clock: Clock;
}

/**
 * The store in a folder on this machine: PostgreSQL compiled to WebAssembly, in this process.
 * @throws {ControlError} `bad-data-directory`, `store-in-use`, `store-broken`, `store-too-new`
 */
export async function openPgliteStore(options: PgliteStoreOptions): Promise<Store> {
  const { directory, clock } = options;
  const unlock = await enter(directory);
  try {
    if (!(await exists(directory))) await makeFolder(directory);
    return await openFolder(directory, clock, unlock);
  } catch (error) {
    await unlock();
    if (error instanceof ControlError) throw error;
    throw new ControlError(
      "store-broken",
      `the store in ${directory} can't be opened: restore it from a backup, or move it away to begin anew`,
      { cause: error },
    );
  }
}

/** @returns gives the folder's lock back */
async function enter(directory: string): Promise<() => Promise<void>> {
  const parent = dirname(directory);
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    return await lockFolder(`${directory}.lock`);
  } catch (error) {
    if (error instanceof ControlError) throw error;
    throw new ControlError(
      "bad-data-directory",
      `the data folder ${parent} can't be made or written to: check its owner, or set another`,
      { cause: error },
    );
  }
}

/**
 * A new database, under its name only when it is whole: a start that is killed half-way leaves a
 * draft, which the next one throws away.
 */
async function makeFolder(directory: string): Promise<void> {
  const draft = `${directory}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  const pglite = await openPglite(draft);
  await pglite.close();
  await syncTree(draft);
  await rename(draft, directory);
}

async function openFolder(
  directory: string,
  clock: Clock,
  unlock: () => Promise<void>,
): Promise<Store> {
  const pglite = await openPglite(directory);
  try {
    const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
    await migrate(db, clock.nowMs());
    return new SqlStore(db, unlock);
  } catch (error) {
    await pglite.close();
    throw error;
  }
}

function openPglite(directory: string): Promise<PGlite> {
  return PGlite.create({
    fs: new SyncedFolder(directory),
    startParams: durableStartParams(PGlite.defaultStartParams),
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
