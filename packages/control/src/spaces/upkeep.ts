import type { Cancel, Clock } from "@rostra/wire";
import type { Logger } from "pino";
import type { Store } from "../store/store.ts";
import { ENDED_SHOWN_MS, isCurrent, type SpaceDirectory } from "./directory.ts";
import type { ListenerCounts } from "./listener-counts.ts";
import type { Spaces } from "./spaces.ts";

/** Peaks may lag behind in the store by this much: they are not worth a write each. */
const SAVE_EVERY_MS = 10_000;
const SWEEP_EVERY_MS = 60_000;

export interface UpkeepParts {
  readonly spaces: Spaces;
  readonly directory: SpaceDirectory;
  readonly listeners: ListenerCounts;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps what is shown in step with what is kept: at the start, as time goes by, at the end. */
export class Upkeep {
  readonly #parts: UpkeepParts;
  /** Ways to stop the timers. */
  readonly #cancels = new Map<string, Cancel>();
  #lastSave: Promise<void> = Promise.resolve();

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Shows all current spaces, and goes on from there. */
  async start(): Promise<void> {
    const { spaces, store, clock } = this.#parts;
    const current = await store.loadCurrentSpaces(clock.nowMs() - ENDED_SHOWN_MS);
    for (const stored of current) spaces.show(stored);
    this.#every("sweep", SWEEP_EVERY_MS, () => this.#sweep());
    this.#every("save", SAVE_EVERY_MS, () => void this.#save());
  }

  /** Stops showing spaces that ended a while ago. */
  #sweep(): void {
    const { directory, listeners, clock } = this.#parts;
    for (const space of [...directory.all()]) {
      if (isCurrent(space, clock.nowMs())) continue;
      directory.forget(space.id);
      listeners.forget(space.id);
    }
  }

  /** Writes the last peaks down. */
  async close(): Promise<void> {
    for (const cancel of this.#cancels.values()) cancel();
    await this.#lastSave;
    await this.#save();
  }

  #save(): Promise<void> {
    const { listeners, store, log } = this.#parts;
    this.#lastSave = listeners
      .saveRisen((peaks) => store.raisePeaks(peaks))
      .catch((err: unknown) => log.warn({ err }, "can't write peaks down: trying again later"));
    return this.#lastSave;
  }

  #every(name: string, periodMs: number, task: () => void): void {
    const again = () =>
      this.#cancels.set(
        name,
        this.#parts.clock.after(periodMs, () => {
          task();
          again();
        }),
      );
    again();
  }
}
