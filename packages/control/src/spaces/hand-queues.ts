import type { Relay } from "@rostra/relay";
import { type Cancel, type Clock, type HandQueue, type SpaceId, STATE_KEYS } from "@rostra/wire";
import type { SpaceRecord } from "../roles/record.ts";

/** Twice a second: every listener is told, and hands go up in hundreds when a host asks for them. */
const SHOW_EVERY_MS = 500;

/** What is known of one space's queue. */
interface Shown {
  /** As the relay has it. */
  shown: HandQueue;
  /** Newer than that; waits for its time. */
  waiting: HandQueue | undefined;
  /** Of the timer that runs since the last time; null: the next one is shown at once. */
  cancel: Cancel | null;
}

/**
 * Shows everybody how many hands are up, not whose: names are for the hosts. The first change is
 * shown at once, those that follow together.
 */
export class HandQueues {
  readonly #relay: Relay;
  readonly #clock: Clock;
  readonly #bySpace = new Map<SpaceId, Shown>();

  constructor(relay: Relay, clock: Clock) {
    this.#relay = relay;
    this.#clock = clock;
  }

  show({ snapshot, notes }: SpaceRecord): void {
    const { id, settings } = snapshot;
    const queue: HandQueue = {
      open: settings.handsOpen,
      count: notes.hands.length,
      revision: notes.handsRevision,
    };
    const known = this.#bySpace.get(id);
    const newest = known?.waiting ?? known?.shown;
    if (newest !== undefined) {
      if (queue.revision < newest.revision) return;
      if (queue.revision === newest.revision && queue.open === newest.open) return;
    }
    if (known === undefined || known.cancel === null) this.#put(id, queue);
    else known.waiting = queue;
  }

  forget(id: SpaceId): void {
    this.#bySpace.get(id)?.cancel?.();
    this.#bySpace.delete(id);
    this.#relay.put(STATE_KEYS.handQueue(id), undefined);
  }

  /** Stops the timers. What the relay shows stays: spaces go on without control. */
  close(): void {
    for (const [id, known] of this.#bySpace) {
      known.cancel?.();
      if (known.waiting !== undefined) this.#relay.put(STATE_KEYS.handQueue(id), known.waiting);
    }
    this.#bySpace.clear();
  }

  #put(id: SpaceId, shown: HandQueue): void {
    this.#relay.put(STATE_KEYS.handQueue(id), shown);
    const cancel = this.#clock.after(SHOW_EVERY_MS, () => this.#next(id));
    this.#bySpace.set(id, { shown, waiting: undefined, cancel });
  }

  #next(id: SpaceId): void {
    const known = this.#bySpace.get(id);
    if (known?.waiting !== undefined) this.#put(id, known.waiting);
    else if (known !== undefined) known.cancel = null;
  }
}
