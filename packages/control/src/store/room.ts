import { statfs } from "node:fs/promises";
import type { Cancel, Clock } from "@rostra/wire";
import type { Logger } from "pino";
import { Gauge, type Registry } from "prom-client";

/** Two segments of PostgreSQL's log: without room for the next one it would stop for good. */
export const KEEP_FREE_BYTES = 32 * 1024 * 1024;
const LOOK_EVERY_MS = 5_000;

export interface RoomOptions {
  readonly directory: string;
  /** With less than this nothing is written. */
  readonly keepFreeBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
}

/**
 * Watches how much room the store's file system has. A store that is stopped in good time can go on
 * as soon as there is room; one that ran into the end of its disk may have to be restarted.
 */
export class Room {
  readonly #options: RoomOptions;
  #freeBytes = Number.POSITIVE_INFINITY;
  #cancel: Cancel = () => {};
  #closed = false;

  private constructor(options: RoomOptions) {
    this.#options = options;
  }

  static async watch(options: RoomOptions): Promise<Room> {
    const room = new Room(options);
    new Gauge({
      name: "rostra_control_store_free_bytes",
      help: "Room in the file system of the data folder",
      registers: [options.metrics],
      collect() {
        if (Number.isFinite(room.#freeBytes)) this.set(room.#freeBytes);
      },
    });
    await room.#look();
    return room;
  }

  get isFull(): boolean {
    return this.#freeBytes < this.#options.keepFreeBytes;
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    const { directory, clock, log } = this.#options;
    const wasFull = this.isFull;
    try {
      const { bavail, bsize } = await statfs(directory);
      this.#freeBytes = bavail * bsize;
    } catch {
      // A system that doesn't tell: what is written shows whether there is room.
    }
    const freeMiB = Math.floor(this.#freeBytes / 1024 / 1024);
    if (this.isFull && !wasFull) {
      log.error({ directory, freeMiB }, "the disk is full: nothing is kept until there is room");
    } else if (wasFull && !this.isFull) log.info({ directory, freeMiB }, "there is room again");
    if (this.#closed) return;
    this.#cancel = clock.after(LOOK_EVERY_MS, () => void this.#look());
  }
}
