import type { Clock } from "@rostra/wire";
import { decodeAnswer, type FramesAnswer } from "./message.ts";

/** How long after the first answer others may still add to it, ms. */
const GATHER_MS = 40;
const ANSWER_TIMEOUT_MS = 1_000;

/** Answers to one question: until a while after the first, or until nobody is left to ask. */
export class Gathering {
  readonly answers: Promise<FramesAnswer[]>;
  readonly #resolve: () => void;
  readonly #clock: Clock;
  readonly #taken: FramesAnswer[] = [];
  #unanswered: number;

  /** @param asked how many were asked: each answers, or the bus says that nobody is there */
  constructor(clock: Clock, asked: number) {
    this.#clock = clock;
    this.#unanswered = asked;
    const { promise, resolve } = Promise.withResolvers<FramesAnswer[]>();
    const cancel = clock.after(ANSWER_TIMEOUT_MS, () => this.#resolve());
    this.#resolve = () => {
      cancel();
      resolve(this.#taken);
    };
    this.answers = promise;
  }

  take(bytes: Uint8Array): void {
    if (bytes.length === 0) {
      this.#unanswered -= 1;
      if (this.#unanswered === 0) this.#resolve();
      return;
    }
    try {
      this.#taken.push(decodeAnswer(bytes));
    } catch {
      return;
    }
    if (this.#taken.length === 1) this.#clock.after(GATHER_MS, () => this.#resolve());
  }
}
