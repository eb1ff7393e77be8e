import { type FileHandle, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { JournalDisk } from "./journal.ts";

/** A journal in a file of its own, in a folder that is there. */
export class FolderDisk implements JournalDisk {
  readonly #file: string;
  #handle: FileHandle | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  async read(): Promise<string> {
    try {
      return await readFile(this.#file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
      throw error;
    }
  }

  async append(text: string): Promise<void> {
    // Its name is on disk only once the folder is: a new file begins with `replace`.
    this.#handle ??= await open(this.#file, "a", 0o600);
    await this.#handle.appendFile(text);
    await this.#handle.datasync();
  }

  async replace(text: string): Promise<void> {
    const draft = `${this.#file}.new`;
    const handle = await open(draft, "w", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await this.close();
    await rename(draft, this.#file);
    await syncFolder(dirname(this.#file));
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
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
