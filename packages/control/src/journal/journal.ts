import type { StateValue } from "@rostra/relay";
import type { Cancel, Clock } from "@rostra/wire";
import type { Logger } from "pino";
import { type JournalEntry, readLines, toLine } from "./lines.ts";

/** What of the relay's state is kept on disk, by its key: for the day on which every process ends. */
export interface StateJournal {
  /** @param value undefined: it needn't be kept any more */
  put(key: string, value: StateValue | undefined): void;
  /** Resolves when what was put is on disk, or can't be kept there. It never fails. */
  flush(): Promise<void>;
}

/** Where a journal's text lies. One call at a time. */
export interface JournalDisk {
  read(): Promise<string>;
  /** Adds to the end: on disk when this resolves. */
  append(text: string): Promise<void>;
  /** In place of all that is there, whole or not at all: on disk when this resolves. */
  replace(text: string): Promise<void>;
}

/** Text of values that are kept, at most: 20,000 spaces of three kilobytes. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Below this nobody minds lines that are out of date. */
const SMALL_BYTES = 256 * 1024;
/** A write that takes longer, ms, is taken for one that fails: nobody waits for the disk any more. */
const PATIENCE_MS = 250;
const RETRY_MS = 5_000;

export interface JournalParts {
  readonly disk: JournalDisk;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The last value of each key, as lines one behind the other; written anew where most of them are out of
 * date. What comes while the disk is busy goes with the next write, so a flood of changes is few writes.
 */
export class Journal implements StateJournal {
  readonly #parts: JournalParts;
  /** As they should stand there, with the bytes of their last line; 0: not written yet. */
  readonly #values = new Map<string, { readonly value: StateValue; bytes: number }>();
  readonly #changed = new Set<string>();
  #keptBytes = 0;
  #fileBytes = 0;
  #writing: Promise<void> | undefined;
  #fails = false;
  #isFull = false;
  #retry: Cancel = () => {};
  #closed = false;

  private constructor(parts: JournalParts) {
    this.#parts = parts;
  }

  /** @throws where it can't be read */
  static async open(parts: JournalParts): Promise<Journal> {
    const journal = new Journal(parts);
    const text = await parts.disk.read();
    const { entries, broken } = readLines(text);
    if (broken > 0) {
      parts.log.warn({ lines: broken }, "lines of the journal can't be read: they are left out");
    }
    journal.#fileBytes = Buffer.byteLength(text);
    for (const [key, value] of entries) journal.#values.set(key, { value, bytes: 0 });
    // Nothing is ever added behind a line that a power cut has torn.
    if (broken > 0) journal.#fileBytes = Number.POSITIVE_INFINITY;
    return journal;
  }

  /** What is kept now. */
  get entries(): readonly JournalEntry[] {
    return [...this.#values].map(([key, { value }]) => [key, value]);
  }

  /** Whether what is put isn't on disk, and won't be for now. */
  get fails(): boolean {
    return this.#fails || this.#isFull;
  }

  put(key: string, value: StateValue | undefined): void {
    const before = this.#values.get(key);
    if (before === undefined && (value === undefined || !this.#hasRoom())) return;
    this.#keptBytes -= before?.bytes ?? 0;
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, { value, bytes: 0 });
    this.#changed.add(key);
    if (!this.#fails) this.#write();
  }

  #hasRoom(): boolean {
    const wasFull = this.#isFull;
    this.#isFull = this.#keptBytes > MOST_BYTES;
    if (this.#isFull && !wasFull) {
      this.#parts.log.error("too much waits for the store: what is new is not kept on disk");
    }
    return !this.#isFull;
  }

  async flush(): Promise<void> {
    if (this.#fails || this.#writing === undefined) return;
    const late = Promise.withResolvers<void>();
    const cancel = this.#parts.clock.after(PATIENCE_MS, () => {
      this.#failed("it takes too long");
      late.resolve();
    });
    await Promise.race([this.#writing, late.promise]);
    cancel();
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry();
    await this.flush();
  }

  #write(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      if (this.#changed.size > 0 && !this.#fails) this.#write();
    });
  }

  async #writeAll(): Promise<void> {
    try {
      // All that is put in this turn goes together.
      await Promise.resolve();
      do await this.#writeChanged();
      while (this.#changed.size > 0);
      this.#works();
    } catch (err) {
      this.#failed(err);
    }
  }

  async #writeChanged(): Promise<void> {
    const keys = this.#fails ? [...this.#values.keys()] : [...this.#changed];
    this.#changed.clear();
    let lines = this.#linesOf(keys);
    const isMostlyOld = this.#fileBytes + lines.length > SMALL_BYTES + 2 * this.#keptBytes;
    const isBegun = this.#fileBytes > 0 && this.#values.size > 0;
    if (isBegun && !isMostlyOld && !this.#fails) {
      await this.#parts.disk.append(lines);
      this.#fileBytes += Buffer.byteLength(lines);
      return;
    }
    lines = this.#linesOf(this.#values.keys());
    await this.#parts.disk.replace(lines);
    this.#fileBytes = Buffer.byteLength(lines);
  }

  #linesOf(keys: Iterable<string>): string {
    const lines: string[] = [];
    for (const key of keys) {
      const kept = this.#values.get(key);
      const line = toLine(key, kept?.value);
      lines.push(line);
      if (kept === undefined) continue;
      this.#keptBytes += line.length - kept.bytes;
      kept.bytes = line.length;
    }
    return lines.join("");
  }

  #works(): void {
    if (!this.#fails) return;
    this.#fails = false;
    this.#parts.log.info("what waits for the store is kept on disk again");
  }

  #failed(err: unknown): void {
    const { log, clock } = this.#parts;
    if (!this.#fails) {
      log.error(
        { err },
        "what waits for the store can't be kept on disk: don't end every process before the store is back",
      );
    }
    this.#fails = true;
    this.#retry();
    if (this.#closed) return;
    this.#retry = clock.after(RETRY_MS, () => {
      for (const key of this.#values.keys()) this.#changed.add(key);
      this.#write();
    });
  }
}
