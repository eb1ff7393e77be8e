import { chmod, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Under its name there is what was there before or the whole file, also after a power cut. Nobody but its
 * owner reads it.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, "w", 0o600);
  try {
    // The mode given to open is for new files only: a draft left by a crash keeps its own.
    await chmod(draft, 0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  await syncFolder(dirname(file));
}

/** So that a name outlives a power cut. Windows has no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
