import {
  isListenAnswer,
  KnownPlaces,
  type ListenAnswer,
  type ListenTier,
  systemClock,
} from "@rostra/wire";
import type { Target } from "../plan/target.ts";

/** Answers may be kept for a second: so they are, for all listeners of a process. */
const KEPT_MS = 1_000;
const PATIENCE_MS = 2_000;
/** Where to go should the need arise is asked so long after the start, ms, and then so often. */
const PREPARE_MS = 2_000;
const REFRESH_MS = 10_000;

/** Asks `/listen` where there is room, as often as a cache between here and the server would. */
export class Signpost {
  readonly #url: string;
  #answer: ListenAnswer | undefined;
  /** For when nobody answers any more. */
  readonly #known = new KnownPlaces();
  #refreshAtMs: number | undefined;
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

  /** What was said last, without waiting for anybody. */
  get tiers(): readonly ListenTier[] {
    return this.#known.tiers;
  }

  /** Keeps what was said from growing old; the first time some seconds after the start. */
  refresh(nowMs: number): void {
    if (this.#refreshAtMs === undefined) this.#refreshAtMs = nowMs + PREPARE_MS;
    if (nowMs < this.#refreshAtMs) return;
    this.#refreshAtMs = nowMs + REFRESH_MS;
    void this.#ask();
  }

  async #ask(): Promise<void> {
    try {
      const response = await fetch(this.#url, { signal: AbortSignal.timeout(PATIENCE_MS) });
      const body: unknown = await response.json();
      this.#answer = response.ok && isListenAnswer(body) ? body : undefined;
      if (this.#answer !== undefined) this.#known.add(this.#answer.tiers, systemClock.nowMs());
    } catch {
      // Nobody answers: home is where to try again.
      this.#answer = undefined;
    }
  }
}
