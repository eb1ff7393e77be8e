import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@rostra/wire";
import type { Logger } from "pino";
import { Gauge, type Registry } from "prom-client";
import { ControlError } from "../errors.ts";
import { lockFolder } from "../store/pglite/folder-lock.ts";
import { FolderDisk } from "./folder-disk.ts";
import { Journal, type StateJournal } from "./journal.ts";
import { type JournalEntry, readLines } from "./lines.ts";

export interface JournalOptions {
  /** Our own name: each control has a journal of its own. */
  readonly name: string;
  /** Made where it is missing; that of several controls of a machine, maybe. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
}

/** A journal that is in use, and what controls have left that ended before the store was back. */
export interface OpenJournal extends StateJournal {
  readonly kept: readonly JournalEntry[];
  /** What was kept by others has found its place: theirs go. */
  takenOver(): Promise<void>;
  close(): Promise<void>;
}

/** `part`: what another has left, and this one has taken over. */
const FILE = /^journal-(?<owner>[\w-]+)(?:\.(?<part>[0-9a-f]{8}))?\.log$/;

/**
 * The journal of this control, in its data folder. Where there is none to be had (a read-only root, say)
 * that is said, and control goes on without: what waits for the store stands in the relay's state then.
 */
export async function openJournal(options: JournalOptions): Promise<OpenJournal> {
  const { directory, log, metrics } = options;
  let fails = () => true;
  new Gauge({
    name: "rostra_control_journal_failing",
    help: "1 while what waits for the store can't be kept on disk, too",
    registers: [metrics],
    collect() {
      this.set(fails() ? 1 : 0);
    },
  });
  try {
    const { journal, taken, close } = await begin(options);
    fails = () => journal.fails;
    const kept = await Promise.all(taken.map((file) => entriesOf(file, options)));
    return {
      kept: [...journal.entries, ...kept.flat()],
      put: (key, value) => journal.put(key, value),
      flush: () => journal.flush(),
      takenOver: async () => {
        await journal.flush();
        await Promise.all(taken.map((file) => rm(file, { force: true })));
      },
      close: () => journal.close().finally(close),
    };
  } catch (err) {
    const why = err instanceof ControlError ? err.message : (err as NodeJS.ErrnoException).code;
    log.warn(
      { err },
      `no journal can be kept in ${directory} (${why}): what is changed while the database is away lies in memory alone; set ROSTRA_DATA to a folder that can be written to`,
    );
    return NO_JOURNAL;
  }
}

const NO_JOURNAL: OpenJournal = {
  kept: [],
  put: () => {},
  flush: async () => {},
  takenOver: async () => {},
  close: async () => {},
};

/** Our own, and the files of those who are gone: which are ours from now on. */
async function begin({ directory, name, clock, log }: JournalOptions) {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(lockOf(directory, name));
  try {
    const disk = new FolderDisk(join(directory, `journal-${name}.log`));
    const journal = await Journal.open({ disk, clock, log });
    await takeOver(directory, name);
    const files = await readdir(directory);
    const taken = files.filter((file) => {
      const { owner, part } = FILE.exec(file)?.groups ?? {};
      return owner === name && part !== undefined;
    });
    const close = () => disk.close().finally(unlock);
    return { journal, taken: taken.map((file) => join(directory, file)), close };
  } catch (error) {
    await unlock();
    throw error;
  }
}

const lockOf = (directory: string, owner: string) => join(directory, `journal-${owner}.lock`);

/** Controls that ran here under other names, and don't any more: nobody else would read theirs. */
async function takeOver(directory: string, name: string): Promise<void> {
  const files = await readdir(directory);
  const owners = new Set(files.map((file) => FILE.exec(file)?.groups?.["owner"]));
  for (const owner of owners) {
    if (owner === undefined || owner === name) continue;
    const unlock = await lockFolder(lockOf(directory, owner)).catch((error: unknown) => {
      // It lives, and looks after its own.
      if (error instanceof ControlError) return undefined;
      throw error;
    });
    if (unlock === undefined) continue;
    for (const file of files.filter((each) => FILE.exec(each)?.groups?.["owner"] === owner)) {
      const part = crypto.randomUUID().slice(0, 8);
      await rename(join(directory, file), join(directory, `journal-${name}.${part}.log`));
    }
    await unlock();
  }
}

async function entriesOf(file: string, { log }: JournalOptions): Promise<JournalEntry[]> {
  const { entries, broken } = readLines(await new FolderDisk(file).read());
  if (broken > 0) log.warn({ file, lines: broken }, "lines of a journal can't be read");
  return [...entries];
}
