import { mkdir, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@rostra/wire";
import { pino } from "pino";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { toLine } from "../../src/journal/lines.ts";
import { openJournal } from "../../src/journal/open-journal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = await temporaryFolder();
let count = 0;

/** A control's journal in a folder that is its own unless it is given. */
async function begin(name = "control-1", directory = join(folder, String(++count))) {
  const said: string[] = [];
  const log = pino({ level: "info" }, { write: (line) => void said.push(JSON.parse(line).msg) });
  const metrics = new Registry();
  const journal = await openJournal({ name, directory, clock: systemClock, log, metrics });
  const isFailing = async () => /^rostra_control_journal_failing 1$/m.test(await metrics.metrics());
  return { journal, directory, said, isFailing };
}

it("a journal outlives its control, is its user's alone to read, and empties as nothing waits", async () => {
  const { journal, directory, isFailing } = await begin();
  journal.put("ahead/a", { some: "thing" });
  journal.put("unsaved/a", 1);
  journal.put("unsaved/a", undefined);
  await journal.flush();
  const file = join(directory, "journal-control-1.log");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await isFailing()).toBe(false);
  await journal.close();
  const again = await begin("control-1", directory);
  expect(again.journal.kept).toEqual([["ahead/a", { some: "thing" }]]);
  again.journal.put("ahead/a", undefined);
  await again.journal.close();
  expect((await stat(file)).size).toBe(0);
  expect(await readdir(directory)).toEqual(["journal-control-1.log"]);
});

it("whoever starts on a machine takes over what those have left who are gone, and nothing of who lives", async () => {
  const { journal: living, directory } = await begin("control-1");
  living.put("ahead/living", 1);
  await living.flush();
  await writeFile(join(directory, "journal-pod-7f9c.log"), toLine("ahead/gone", 2));
  const heir = await begin("control-2", directory);
  expect(heir.journal.kept).toEqual([["ahead/gone", 2]]);
  // Until it says that all of it has found its place, the next life of it finds it as well.
  await heir.journal.close();
  const next = await begin("control-2", directory);
  expect(next.journal.kept).toEqual([["ahead/gone", 2]]);
  await next.journal.takenOver();
  await next.journal.close();
  const last = await begin("control-3", directory);
  expect(last.journal.kept).toEqual([]);
  await Promise.all([living.close(), last.journal.close()]);
});

it("a full disk is said, holds nobody up, and is over when there is room", async () => {
  const directory = join(folder, "full");
  await mkdir(directory);
  // The kernel's own "no space left" for whatever is written.
  const file = join(directory, "journal-control-1.log");
  await symlink("/dev/full", `${file}.new`);
  const { journal, said, isFailing } = await begin("control-1", directory);
  journal.put("ahead/a", 1);
  await journal.flush();
  expect([await isFailing(), said.length]).toEqual([true, 1]);
  expect(said[0]).toMatch(/can't be kept on disk: don't end every process/);
  journal.put("ahead/b", 2);
  await journal.flush();
  await rm(`${file}.new`);
  await expect.poll(isFailing, { timeout: 10_000 }).toBe(false);
  await journal.close();
  const { journal: again } = await begin("control-1", directory);
  expect(again.kept).toEqual([
    ["ahead/a", 1],
    ["ahead/b", 2],
  ]);
  await again.close();
});

it("without a folder that can be written to control goes on, and says what that means", async () => {
  const { journal, said, isFailing } = await begin("control-1", "/sys/rostra");
  journal.put("ahead/a", 1);
  await journal.flush();
  expect(await isFailing()).toBe(true);
  expect(said).toEqual([
    expect.stringMatching(/^no journal can be kept in \/sys\/rostra \(\w+\): /),
  ]);
  await journal.close();
});
