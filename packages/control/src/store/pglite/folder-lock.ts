import { link, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { ControlError } from "../../errors.ts";

/** Takeovers of dead locks that are tried before giving up: each means another start at once. */
const MAX_ATTEMPTS = 10;

/**
 * Keeps a second process out of a folder: PGlite itself doesn't notice one and both would write.
 * The lock is a file that names its holder; that of a process which is gone (kill -9, power cut)
 * is taken over at once. Processes must see each other: it can't hold between two containers
 * which share a volume but not a process table.
 * @param file the lock, beside the folder that it stands for
 * @returns gives the lock back
 * @throws {ControlError} `store-in-use`
 */
export async function lockFolder(file: string): Promise<() => Promise<void>> {
  const holder = await identityOf(process.pid);
  const draft = `${file}.${process.pid}.${crypto.randomUUID()}`;
  await writeFile(draft, holder, { flag: "wx", mode: 0o600 });
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      // A link appears whole or not at all: nobody ever reads a lock that is half written.
      if (await succeeds(link(draft, file), "EEXIST")) return () => rm(file, { force: true });
      const found = await readIfThere(file);
      if (found === undefined) continue;
      if (await isAlive(found)) {
        throw new ControlError(
          "store-in-use",
          `another process (pid ${pidOf(found)}) uses this data folder (${file}): stop it first, or set another folder`,
        );
      }
      await removeDead(file, found);
    }
    throw new ControlError("store-in-use", `${file} keeps changing hands: start only one server`);
  } finally {
    await unlink(draft);
  }
}

/**
 * Takes a dead lock away. Another start may have done so first and made its own meanwhile: what
 * was taken is looked at again, and a live one is put back.
 */
async function removeDead(file: string, dead: string): Promise<void> {
  const aside = `${file}.dead.${process.pid}`;
  if (!(await succeeds(rename(file, aside), "ENOENT"))) return;
  if ((await readIfThere(aside)) !== dead) await succeeds(link(aside, file), "EEXIST");
  await rm(aside, { force: true });
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

async function isAlive(holder: string): Promise<boolean> {
  const pid = pidOf(holder);
  if (pid === undefined || !isRunning(pid)) return false;
  const now = await identityOf(pid);
  // Without the start time (not Linux), a process with that number is taken for the holder.
  return now === holder || !now.includes(" ") || !holder.includes(" ");
}

function pidOf(holder: string): number | undefined {
  const pid = Number.parseInt(holder, 10);
  return pid > 0 ? pid : undefined;
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

/** @returns false where the operation failed with `code`; other failures are thrown */
async function succeeds(operation: Promise<void>, code: string): Promise<boolean> {
  try {
    await operation;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return false;
    throw error;
  }
}
