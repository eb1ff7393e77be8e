import { readFile, rm, stat, writeFile } from "node:fs/promises";

/** Whoever holds it for longer has hung, or its number belongs to somebody else by now. */
const STALE_MS = 10 * 60_000;

/**
 * Edges of one machine share one certificate: one of them orders it.
 * @returns gives it back; undefined where another process is at it
 */
export async function lockOrder(file: string): Promise<(() => Promise<void>) | undefined> {
  // Twice: a lock that was left by a crash is taken away first.
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      await writeFile(file, String(process.pid), { flag: "wx", mode: 0o600 });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (!(await isStale(file))) return undefined;
      await rm(file, { force: true });
    }
  }
  return undefined;
}

async function isStale(file: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(file);
    if (Date.now() - mtimeMs > STALE_MS) return true;
    process.kill(Number(await readFile(file, "utf8")), 0);
    return false;
  } catch (error) {
    // EPERM: it runs, as another user.
    return (error as NodeJS.ErrnoException).code !== "EPERM";
  }
}
