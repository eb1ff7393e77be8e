import type { ListenAnswer, SpaceId } from "@rostra/wire";

/** So many ask within a second, and the answer is made anew; then at twice as many. */
const MANY_ASK = 250;

interface Kept {
  readonly answer: ListenAnswer;
  asked: number;
  readonly upTo: number;
}

/** Answers of the running second: one for all who ask, made anew only where a crowd does. */
export class ListenAnswers {
  readonly #kept = new Map<SpaceId, Kept>();

  /** @param make an answer, knowing how many have asked within the second */
  of(id: SpaceId, make: (asked: number) => ListenAnswer): ListenAnswer {
    const kept = this.#kept.get(id);
    const asked = (kept?.asked ?? 0) + 1;
    if (kept !== undefined && asked < kept.upTo) {
      kept.asked = asked;
      return kept.answer;
    }
    const answer = make(asked - 1);
    this.#kept.set(id, { answer, asked, upTo: Math.max(MANY_ASK, 2 * asked) });
    return answer;
  }

  clear(): void {
    this.#kept.clear();
  }
}
