import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";

/** Beside what else is made once for a checkout, and thrown away with its packages. */
const CACHE = fileURLToPath(new URL("../../../node_modules/.cache/rostra-tests", import.meta.url));

let template: Promise<string> | undefined;

/**
 * Puts an empty database into a data folder, where none is. Making one takes 5 s of a core, which a
 * server needs at its first start alone, and tests at each: a copy takes 0.3 s. Tests of a first start
 * give the server a folder of their own, and wait.
 */
export async function putEmptyStore(dataDirectory: string): Promise<void> {
  const store = join(dataDirectory, "store");
  if (existsSync(store)) return;
  template ??= findTemplate();
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  await cp(await template, store, { recursive: true });
}

async function findTemplate(): Promise<string> {
  // Another PGlite may bring another PostgreSQL, which wouldn't open it.
  const manifest = new URL("../package.json", import.meta.resolve("@electric-sql/pglite"));
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  const made = join(CACHE, `empty-store-${version}`);
  if (existsSync(made)) return made;
  const draft = `${made}.${process.pid}`;
  await mkdir(CACHE, { recursive: true });
  await rm(draft, { recursive: true, force: true });
  const pglite = await PGlite.create(draft);
  await pglite.close();
  try {
    await rename(draft, made);
  } catch {
    // Another worker was first.
    await rm(draft, { recursive: true, force: true });
  }
  return made;
}
