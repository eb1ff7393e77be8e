import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { systemClock } from "@rostra/wire";
import { expect, it } from "vitest";
import { openPgliteStore } from "../../src/store/pglite/pglite-store.ts";
import { storeContract } from "./store-contract.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = await temporaryFolder();
const directory = join(folder, "data", "store");
const open = () => openPgliteStore({ directory, clock: systemClock });

storeContract("a PGlite folder", open);

it("opens again what was closed, and applies no migration twice", async () => {
  await (await open()).close();
  const pglite = await PGlite.create(directory);
  const { rows } = await pglite.query("select version, name from schema_migrations");
  await pglite.close();
  expect(rows).toEqual([
    { version: 1, name: "spaces" },
    { version: 2, name: "stage" },
    { version: 3, name: "roles" },
    { version: 4, name: "notices" },
    { version: 5, name: "secrets" },
    { version: 6, name: "stage_pairs" },
    { version: 7, name: "hidden_names" },
    { version: 8, name: "written" },
  ]);
});

it("refuses tables of a newer Rostra, and leaves them alone", async () => {
  const pglite = await PGlite.create(directory);
  await pglite.exec("insert into schema_migrations values (9999, 'from_the_future', 0)");
  await pglite.close();
  await expect(open()).rejects.toMatchObject({
    code: "store-too-new",
    message: expect.stringMatching(/^[^\n]*update Rostra$/),
  });
  await rm(directory, { recursive: true });
});

it("begins anew where the very first start was cut off", async () => {
  await mkdir(`${directory}.new`, { recursive: true });
  await writeFile(join(`${directory}.new`, "PG_VERSION"), "18\n");
  const store = await open();
  expect(await store.loadCurrentSpaces(0)).toEqual([]);
  await store.close();
});

it("says in one line that a folder can't be used", async () => {
  const file = join(folder, "a-file");
  await appendFile(file, "");
  const inFile = openPgliteStore({ directory: join(file, "store"), clock: systemClock });
  await expect(inFile).rejects.toMatchObject({ code: "bad-data-directory" });
  const broken = join(folder, "broken", "store");
  await mkdir(broken, { recursive: true });
  await writeFile(join(broken, "PG_VERSION"), "18\n");
  await expect(openPgliteStore({ directory: broken, clock: systemClock })).rejects.toMatchObject({
    code: "store-broken",
    message: expect.stringMatching(/^[^\n]*can't be opened[^\n]*$/),
  });
});
