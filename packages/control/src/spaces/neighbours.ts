import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  type Cancel,
  type Clock,
  isCount,
  isHandQueue,
  isNotice,
  isSpaceId,
  isSpaceSnapshot,
  type SpaceId,
  STATE_KEYS,
} from "@rostra/wire";
import type { Logger } from "pino";
import type { SpaceRecord } from "../roles/record.ts";
import { isUnavailable } from "../store/answering-store.ts";
import type { Store } from "../store/store.ts";
import { isCurrent, type SpaceDirectory } from "./directory.ts";
import type { Spaces } from "./spaces.ts";

/** How long the relay may show something older than we hold before we say it again, ms. */
const REPEAT_AFTER_MS = 200;

export interface NeighboursParts {
  readonly spaces: Spaces;
  readonly directory: SpaceDirectory;
  readonly store: Store;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Other controls on the same store. What one of them changes shows in the relay's state with a
 * higher revision than is held here, and is read from the store; what shows with a lower one came
 * late, and is put right. Also what is left in the relay from before our start.
 */
export class Neighbours {
  readonly #parts: NeighboursParts;
  /** Spaces that are being read, and whether they changed meanwhile. */
  readonly #reading = new Map<string, boolean>();
  readonly #repeats = new Map<SpaceId, Cancel>();
  #unwatches: readonly Unsubscribe[] = [];
  #closed = false;

  constructor(parts: NeighboursParts) {
    this.#parts = parts;
  }

  start(): void {
    const { relay } = this.#parts;
    const after = (prefix: string, take: (id: string, value: unknown) => void) =>
      relay.watch(prefix, (key, value) => {
        if (value !== undefined) take(key.slice(prefix.length), value);
        else if (prefix === STATE_KEYS.spaces) this.#noteVanished(key.slice(prefix.length));
      });
    this.#unwatches = [
      after(STATE_KEYS.spaces, (id, value) => this.#takeSnapshot(id, value)),
      after(STATE_KEYS.notedAll, (id, value) => {
        this.#readIf(id, ({ notes }) => isCount(value) && value > notes.revision);
      }),
      after(STATE_KEYS.handQueues, (id, value) => {
        this.#readIf(id, ({ notes }) => isHandQueue(value) && value.revision > notes.handsRevision);
      }),
      after(STATE_KEYS.notices, (id, value) => {
        this.#readIf(id, ({ notes }) => isNotice(value) && value.id > (notes.notice?.id ?? 0));
      }),
    ];
  }

  close(): void {
    this.#closed = true;
    for (const unwatch of this.#unwatches) unwatch();
    for (const cancel of this.#repeats.values()) cancel();
  }

  #takeSnapshot(id: string, value: unknown): void {
    const held = isSpaceId(id) ? this.#parts.directory.get(id) : undefined;
    if (held === undefined) {
      this.#read(id);
      return;
    }
    const { revision } = held.snapshot;
    const shown = isSpaceSnapshot(value) ? value.revision : 0;
    if (shown > revision) this.#read(id);
    else if (shown < revision) this.#repeatLater(id as SpaceId);
    else this.#repeats.get(id as SpaceId)?.();
  }

  /** Only what ended a while ago is withdrawn: of what goes on somebody has lost sight. */
  #noteVanished(id: string): void {
    const held = isSpaceId(id) ? this.#parts.directory.get(id) : undefined;
    if (held !== undefined && held.snapshot.state !== "ended") this.#repeatLater(id as SpaceId);
  }

  #readIf(id: string, isNewer: (held: SpaceRecord) => boolean): void {
    const held = isSpaceId(id) ? this.#parts.directory.get(id) : undefined;
    if (held !== undefined && isNewer(held)) this.#read(id);
  }

  /** One read at a time for each space, and one more where it changed meanwhile. */
  #read(id: string): void {
    if (this.#closed) return;
    const isReading = this.#reading.has(id);
    this.#reading.set(id, isReading);
    if (isReading) return;
    const { store, log } = this.#parts;
    const known = isSpaceId(id) ? store.loadSpace(id) : Promise.resolve(undefined);
    known
      .then((stored) => {
        if (this.#closed) return;
        const { spaces, clock } = this.#parts;
        if (stored !== undefined && isCurrent(stored.snapshot, clock.nowMs())) spaces.show(stored);
        else this.#withdraw(id as SpaceId);
      })
      .catch((err: unknown) => {
        if (isUnavailable(err)) this.#takeAsShown(id as SpaceId);
        else log.warn({ err, space: id }, "can't look a space up");
      })
      .finally(() => {
        const isOld = this.#reading.get(id) === true;
        this.#reading.delete(id);
        if (isOld) this.#read(id);
      });
  }

  /** Without the store: what everybody is shown is newer than what we hold, if not the whole of it. */
  #takeAsShown(id: SpaceId): void {
    const { directory, relay, spaces } = this.#parts;
    let shown: unknown;
    relay.watch(STATE_KEYS.space(id), (_key, value) => {
      shown = value;
    })();
    const held = directory.get(id);
    if (held === undefined || !isSpaceSnapshot(shown)) return;
    if (shown.revision <= held.snapshot.revision) return;
    spaces.showUnstored({ ...held, snapshot: shown });
  }

  /** The newer one may be on its way: only what stands for a while is said again. */
  #repeatLater(id: SpaceId): void {
    this.#repeats.get(id)?.();
    const cancel = this.#parts.clock.after(REPEAT_AFTER_MS, () => {
      this.#repeats.delete(id);
      this.#parts.directory.repeat(id);
    });
    this.#repeats.set(id, () => {
      cancel();
      this.#repeats.delete(id);
    });
  }

  #withdraw(id: SpaceId): void {
    const { relay } = this.#parts;
    relay.put(STATE_KEYS.space(id), undefined);
    relay.put(STATE_KEYS.handQueue(id), undefined);
    relay.put(STATE_KEYS.notice(id), undefined);
    relay.put(STATE_KEYS.hiddenNames(id), undefined);
    relay.put(STATE_KEYS.noted(id), undefined);
    relay.put(STATE_KEYS.peak(id), undefined);
  }
}
