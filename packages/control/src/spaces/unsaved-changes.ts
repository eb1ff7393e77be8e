import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  type Cancel,
  type Clock,
  isSpaceId,
  isUnsaved,
  type SpaceId,
  STATE_KEYS,
  type Unsaved,
} from "@rostra/wire";
import type { Logger } from "pino";
import { Refusal } from "../errors.ts";
import type { StateJournal } from "../journal/journal.ts";
import type { SpaceRecord } from "../roles/record.ts";
import { merged, saysMore, withUnsaved } from "../roles/unsaved.ts";
import { isUnavailable } from "../store/answering-store.ts";
import type { SpaceDirectory } from "./directory.ts";

/** How often it's tried to write down what waits for the store, ms. */
const SAVE_EVERY_MS = 1_000;

export interface UnsavedChangesParts {
  readonly directory: SpaceDirectory;
  readonly relay: Relay;
  /** What waits is put there, too: for the day on which every process ends. */
  readonly journal: StateJournal;
  readonly clock: Clock;
  readonly log: Logger;
  /** Writes down what {@link UnsavedChanges.of} says, by a change of the space that changes nothing else. */
  readonly save: (id: SpaceId) => Promise<unknown>;
}

/**
 * What hosts took away while the store was out of reach: shown to all at once, and kept in the
 * relay's state until some control has written it down. Taking away only adds up, so controls that
 * do so at the same time need not agree: each merges what the others show into its own.
 */
export class UnsavedChanges {
  readonly #parts: UnsavedChangesParts;
  readonly #waiting = new Map<SpaceId, Unsaved>();
  #unwatch: Unsubscribe = () => {};
  #cancel: Cancel = () => {};
  #saving = false;
  #closed = false;

  constructor(parts: UnsavedChangesParts) {
    this.#parts = parts;
  }

  /** Spaces of which something waits to be written down. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Also takes over what other controls, or an earlier life of ours, have left in the relay. */
  start(): void {
    this.#unwatch = this.#parts.relay.watch(STATE_KEYS.unsavedAll, (key, value) => {
      const id = key.slice(STATE_KEYS.unsavedAll.length);
      if (!isSpaceId(id)) return;
      // Another control has written it down.
      if (value === undefined) this.#forget(id);
      else if (isUnsaved(value)) this.#take(id, value, value);
    });
  }

  close(): void {
    this.#closed = true;
    this.#unwatch();
    this.#cancel();
  }

  of(id: SpaceId): Unsaved | undefined {
    return this.#waiting.get(id);
  }

  /** @returns the space as it is shown from now on */
  add(id: SpaceId, taken: Unsaved): SpaceRecord | undefined {
    if (this.#waiting.size === 0)
      this.#parts.log.warn("the store is out of reach: mutes and removals wait for it");
    this.#take(id, taken, undefined);
    return this.#parts.directory.get(id);
  }

  /** What a change has just written down; what was added meanwhile goes on waiting. */
  saved(id: SpaceId, written: Unsaved): void {
    if (this.#waiting.get(id) !== written) return;
    this.#forget(id);
    this.#parts.relay.put(STATE_KEYS.unsaved(id), undefined);
  }

  #forget(id: SpaceId): void {
    this.#waiting.delete(id);
    this.#parts.journal.put(STATE_KEYS.unsaved(id), undefined);
  }

  /** @param shown what stands in the relay's state: not said again where it's the whole of it */
  #take(id: SpaceId, taken: Unsaved, shown: Unsaved | undefined): void {
    const { directory, relay } = this.#parts;
    const waiting = this.#waiting.get(id);
    let all = waiting === undefined ? taken : merged(waiting, taken);
    const held = directory.get(id);
    if (held !== undefined) {
      const restricted = withUnsaved(held, all);
      if (restricted.snapshot !== held.snapshot) {
        const revision = Math.max(held.snapshot.revision, all.revision) + 1;
        all = { ...all, revision };
        directory.publish({ ...held, snapshot: { ...restricted.snapshot, revision } });
      }
    }
    if (waiting === undefined || saysMore(all, waiting)) {
      this.#waiting.set(id, all);
      this.#parts.journal.put(STATE_KEYS.unsaved(id), { ...all });
    }
    if (shown === undefined || saysMore(all, shown)) relay.put(STATE_KEYS.unsaved(id), { ...all });
    this.#saveLater();
  }

  #saveLater(): void {
    if (this.#saving || this.#closed) return;
    this.#saving = true;
    this.#cancel = this.#parts.clock.after(SAVE_EVERY_MS, () => {
      void this.#saveAll().finally(() => {
        this.#saving = false;
        if (this.#waiting.size > 0) this.#saveLater();
      });
    });
  }

  async #saveAll(): Promise<void> {
    const { save, log } = this.#parts;
    for (const [id, written] of [...this.#waiting]) {
      try {
        await save(id);
        log.info({ space: id }, "what was taken away without the store is written down");
      } catch (err) {
        // One that fails for want of the store is as good as all of them.
        if (isUnavailable(err)) return;
        log.error({ err, space: id }, "what was taken away can't be written down");
        if (err instanceof Refusal) this.saved(id, written);
      }
    }
  }
}
