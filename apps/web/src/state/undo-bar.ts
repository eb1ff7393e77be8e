import { type ReadonlySignal, signal } from "@preact/signals";

/** How long a deed can be taken back. */
export const UNDO_MS = 6_000;

export interface UndoOffer {
  readonly words: string;
  /** What the button says; null where there is nothing to press. */
  readonly label: string | null;
  /** Grows with each offer: the same words twice are two offers. */
  readonly number: number;
}

interface Pending {
  readonly undo: () => unknown;
  /** What waited for the end of the offer: done when it ends without an undo. */
  readonly commit: () => unknown;
}

const NOTHING = () => {};

/**
 * The one bar that says what was just done, and offers to take it back. A new deed ends the offer
 * of the one before. Owns its timer: `close` ends it, and does what still waited.
 */
export class UndoBar {
  readonly #offer = signal<UndoOffer | null>(null);
  #pending: Pending | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #count = 0;

  get offer(): ReadonlySignal<UndoOffer | null> {
    return this.#offer;
  }

  /**
   * @param undo what the button does; null: the bar only tells
   * @param commit what to do once it can't be taken back any more, for what has no undo of its own
   */
  show(
    words: string,
    undo: { readonly label: string; readonly run: () => unknown } | null,
    commit: () => unknown = NOTHING,
  ): void {
    this.settle();
    this.#count += 1;
    this.#offer.value = { words, label: undo?.label ?? null, number: this.#count };
    this.#pending = { undo: undo?.run ?? NOTHING, commit };
    this.#timer = setTimeout(() => this.settle(), UNDO_MS);
  }

  /** Takes the last deed back, where that is offered. @returns whether it was */
  undo(): boolean {
    const pending = this.#pending;
    if (pending === null || this.#offer.value?.label == null) return false;
    this.#clear();
    void pending.undo();
    return true;
  }

  /** The offer ends: what waited for that is done. */
  settle(): void {
    const pending = this.#pending;
    this.#clear();
    void pending?.commit();
  }

  close(): void {
    this.settle();
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#pending = null;
    this.#offer.value = null;
  }
}
