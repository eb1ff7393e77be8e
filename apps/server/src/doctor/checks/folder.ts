import { access, constants, open, rm, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Finding, ok, warning, wrong } from "../finding.ts";

const MIB = 1024 * 1024;
/** The store starts with some 40 MiB and grows by kilobytes a space. */
const LEAST_BYTES = 128 * MIB;
const LITTLE_BYTES = 1024 * MIB;

/** Whether the data folder can be made or written to, and how much room is there. */
export async function checkFolder(folder: string): Promise<Finding> {
  const check = "data folder";
  const there = await nearestThere(folder);
  try {
    await access(there, constants.W_OK | constants.X_OK);
    if (there === folder) await writeOnce(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const advice = "give it to the user that runs Rostra, or set ROSTRA_DATA";
    return wrong(check, `${there} can't be written to (${code}): ${advice}`);
  }
  const { bavail, bsize } = await statfs(there);
  const freeBytes = bavail * bsize;
  const room = `${folder}, ${Math.floor(freeBytes / MIB)} MiB free`;
  if (freeBytes < LEAST_BYTES) return wrong(check, `${room}: make room, or set ROSTRA_DATA`);
  if (freeBytes < LITTLE_BYTES) return warning(check, `${room}: that is little`);
  return ok(check, there === folder ? room : `${room}; it is made at the first start`);
}

/** Where control keeps what waits for its database: it goes on without. */
export async function checkJournal(folder: string): Promise<Finding> {
  const check = "journal";
  const { level, text } = await checkFolder(folder);
  if (level === "ok") return ok(check, text);
  const otherwise = "what is changed while the database is away lies in memory alone";
  return warning(check, `${text}; ${otherwise}`);
}

/** The folder itself, or the one in which it would be made. */
async function nearestThere(folder: string): Promise<string> {
  try {
    await stat(folder);
    return folder;
  } catch {
    const parent = dirname(folder);
    return parent === folder ? folder : nearestThere(parent);
  }
}

/** A file system may be full or read-only whatever its modes say. */
async function writeOnce(folder: string): Promise<void> {
  const file = join(folder, `.doctor-${process.pid}`);
  try {
    const handle = await open(file, "w", 0o600);
    try {
      await handle.writeFile("x");
      await handle.sync();
    } finally {
      await handle.close();
    }
  } finally {
    await rm(file, { force: true });
  }
}
