import type { Cancel, Clock } from "./clock.ts";
import type { SpaceId } from "./ids.ts";

/**
 * A space of which the shared state says nothing any more isn't over before this, ms. Control says that one
 * ended long before it stops speaking of it; what vanishes without that has been lost on the way, and is
 * back within a few beats of those who know better.
 */
const MISSED_MS = 10_000;

/** Spaces that have vanished from the shared state, until they are back or it is certain that they are gone. */
export class MissedSpaces {
  readonly #clock: Clock;
  readonly #onGone: (id: SpaceId) => void;
  readonly #afterMs: number;
  readonly #waits = new Map<SpaceId, Cancel>();

  /**
   * @param onGone told of each that doesn't come back
   * @param afterMs how long it has for that
   */
  constructor(clock: Clock, onGone: (id: SpaceId) => void, afterMs = MISSED_MS) {
    this.#clock = clock;
    this.#onGone = onGone;
    this.#afterMs = afterMs;
  }

  /** It was known, and isn't there any more. */
  miss(id: SpaceId): void {
    if (this.#waits.has(id)) return;
    const cancel = this.#clock.after(this.#afterMs, () => {
      this.#waits.delete(id);
      this.#onGone(id);
    });
    this.#waits.set(id, cancel);
  }

  /** It is there. */
  found(id: SpaceId): void {
    this.#waits.get(id)?.();
    this.#waits.delete(id);
  }

  close(): void {
    for (const cancel of this.#waits.values()) cancel();
    this.#waits.clear();
  }
}
