import type { Clock } from "@rostra/wire";
import { decodeAnswer, type FramesAnswer } from "./message.ts";

/** How long after the first answer others may still add to it, ms. */
const GATHER_MS = 40;
const ANSWER_TIMEOUT_MS = 1_000;

export interface GatheringOptions {
  readonly clock: Clock;
  /** How many were asked: on each bus somebody answers, or the bus says that nobody is there. */
  readonly asked: number;
  /** True where one answers on each bus at most: when all have, nobody is waited for. */
  readonly oneEach: boolean;
  /** Whether an answer leaves nothing to be wished for: others aren't waited for then. */
  readonly isWhole: (answer: FramesAnswer) => boolean;
}

/** Answers to one question: a whole one, or those of a while after the first, or of all there are. */
export class Gathering {
  readonly answers: FramesAnswer[] = [];
  readonly done: Promise<void>;
  readonly #options: GatheringOptions;
  readonly #resolve: () => void;
  #empty = 0;
  #isWhole = false;

  constructor(options: GatheringOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = options.clock.after(ANSWER_TIMEOUT_MS, () => this.#resolve());
    this.#resolve = () => {
      cancel();
      resolve();
    };
    this.done = promise;
    if (options.asked === 0) this.#resolve();
  }

  /** Whether one of the answers leaves nothing to be wished for. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  take(bytes: Uint8Array): void {
    const { clock, asked, oneEach, isWhole } = this.#options;
    if (bytes.length === 0) this.#empty += 1;
    else {
      try {
        this.answers.push(decodeAnswer(bytes));
      } catch {
        return;
      }
      this.#isWhole ||= isWhole(this.answers.at(-1)!);
      if (this.answers.length === 1) clock.after(GATHER_MS, () => this.#resolve());
    }
    const answered = this.#empty + (oneEach ? this.answers.length : 0);
    if (this.#isWhole || answered >= asked) this.#resolve();
  }
}
