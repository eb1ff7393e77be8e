import { type Cancel, type Clock, HEARD_ANSWER_WITHIN_MS, HEARD_WINDOW_MS } from "@rostra/wire";

/**
 * A player's part of the heard count: asked with a share, it picks itself with that probability, and
 * says at a random moment whether it has played sound lately. Nobody is told who answers.
 */
export class HeardAnswers {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #answer: () => void;
  #playedAtMs = Number.NEGATIVE_INFINITY;
  #cancel: Cancel = () => {};

  /** @param random 0 (inclusive) to 1 (exclusive) */
  constructor(clock: Clock, random: () => number, answer: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#answer = answer;
  }

  /** Sound leaves now. */
  played(): void {
    this.#playedAtMs = this.#clock.nowMs();
  }

  /** A later question stands for the one before. */
  asked(share: number): void {
    this.#cancel();
    if (this.#random() >= share) return;
    this.#cancel = this.#clock.after(this.#random() * HEARD_ANSWER_WITHIN_MS, () => {
      if (this.#clock.nowMs() - this.#playedAtMs <= HEARD_WINDOW_MS) this.#answer();
    });
  }

  close(): void {
    this.#cancel();
  }
}
