import { link, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ControlError } from "../../errors.ts";

/** Two that start at the same moment both step back: they try again, each after its own while. */
const ATTEMPTS = 5;
const LONGEST_PAUSE_MS = 60;

/**
 * Keeps a second process out of a folder: PGlite itself doesn't notice one and both would write.
 *
 * Each process that wants in puts a file of its own there first and only then looks for others:
 * of any two, at least one sees the other and steps back. A file whose process is gone (kill -9,
 * power cut) is swept away at once; names are never used twice, so nobody sweeps a living one.
 * Processes must see each other: it can't hold between two containers which share a volume but
 * not a process table.
 * @param path beginning of the lock files' names, beside the folder that they stand for
 * @returns gives the lock back
 * @throws {ControlError} `store-in-use`
 */
export async function lockFolder(path: string): Promise<() => Promise<void>> {
  const own = `${path}.${process.pid}.${crypto.randomUUID()}`;
  const identity = await identityOf(process.pid);
  let other = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) await pause(Math.random() * LONGEST_PAUSE_MS);
    await putWhole(own, identity);
    const living = await findLiving(path, own);
    if (living === undefined) return () => rm(own, { force: true });
    await rm(own, { force: true });
    other = living;
  }
  throw new ControlError(
    "store-in-use",
    `another process (pid ${other}) uses the data folder ${dirname(path)}: stop it first, or set another folder`,
  );
}

/** A link appears whole or not at all: nobody takes a lock that is half written for a dead one. */
async function putWhole(file: string, text: string): Promise<void> {
  const draft = join(dirname(file), `.${basename(file)}`);
  await writeFile(draft, text, { mode: 0o600 });
  await link(draft, file);
  await rm(draft);
}

/** @returns the process id of another that holds or wants the lock */
async function findLiving(path: string, own: string): Promise<number | undefined> {
  const directory = dirname(path);
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(directory)) {
    const file = join(directory, name);
    const isDraft = name.startsWith(`.${prefix}`);
    if (file === own || !(isDraft || name.startsWith(prefix))) continue;
    const holder = await readIfThere(file);
    if (holder === undefined) continue;
    if (!(await isAlive(holder))) {
      // An empty draft may be one that is just being written.
      if (!isDraft || holder !== "") await rm(file, { force: true });
    } else if (!isDraft) {
      return Number.parseInt(holder, 10);
    }
  }
  return undefined;
}

/**
 * The process id and, where the system tells (Linux), when that process began in which boot: a
 * number alone may belong to somebody else by now, surely so in a container.
 */
async function identityOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    // The name in parentheses may hold spaces; the start time is the 20th field after it.
    const startTicks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${pid} ${startTicks} ${boot.trim()}\n`;
  } catch {
    return `${pid}\n`;
  }
}

/** @param holder a lock file's text */
async function isAlive(holder: string): Promise<boolean> {
  const pid = Number.parseInt(holder, 10);
  if (!(pid > 0) || !isRunning(pid)) return false;
  const now = await identityOf(pid);
  // Without the start time (not Linux), a process with that number is taken for the holder.
  return now === holder || !now.includes(" ") || !holder.includes(" ");
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
