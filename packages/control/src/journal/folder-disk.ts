import { type FileHandle, open, readFile } from "node:fs/promises";
import { writeWhole } from "../whole-file.ts";
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
    await this.close();
    await writeWhole(this.#file, text);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}
