import { isListenAnswer, type ListenAnswer } from "@rostra/wire";
import type { Target } from "../plan/target.ts";

/** Answers may be kept for a second: so they are, for all listeners of a process. */
const KEPT_MS = 1_000;
const PATIENCE_MS = 2_000;

/** Asks `/listen` where there is room, as often as a cache between here and the server would. */
export class Signpost {
  readonly #url: string;
  #answer: ListenAnswer | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor({ baseUrl, spaceId }: Target) {
    this.#url = `${baseUrl}/api/v1/spaces/${spaceId}/listen`;
  }

  /** What was answered last; a question goes out where that is old. */
  look(nowMs: number): ListenAnswer | undefined {
    if (nowMs - this.#askedAtMs >= KEPT_MS) {
      this.#askedAtMs = nowMs;
      void this.#ask();
    }
    return this.#answer;
  }

  async #ask(): Promise<void> {
    try {
      const response = await fetch(this.#url, { signal: AbortSignal.timeout(PATIENCE_MS) });
      const body: unknown = await response.json();
      this.#answer = response.ok && isListenAnswer(body) ? body : undefined;
    } catch {
      // Nobody answers: home is where to try again.
      this.#answer = undefined;
    }
  }
}
