/** The stage sends 50 packets a second: after so long without one, what is heard is made up. */
const SILENT_MS = 120;
/** What is crossed over to must have sounded within this: two looks and a little. */
const FRESH_MS = 90;
/** The first one is heard again when it has sounded for so long without a hole. */
const STEADY_MS = 3_000;

interface Feed {
  mark: number | null;
  /** When the mark last changed, ms; null: it never did. */
  changedAtMs: number | null;
  /** Since when it has changed without a hole. */
  steadySinceMs: number;
}

/**
 * Chooses which stage's return feed is heard, by looks 25 times a second: the first's, and while that
 * is silent another's. Never two at once. Pure.
 */
export class HeardStage {
  readonly #feeds = new Map<string, Feed>();

  /**
   * @param heard whose feed is played now
   * @param marks of the stages in the order of preference: a number that changes with each packet that
   *   is heard; null: none came yet
   * @returns whose feed to play from now on
   */
  look(heard: string, marks: ReadonlyMap<string, number | null>, nowMs: number): string {
    for (const stage of [...this.#feeds.keys()]) if (!marks.has(stage)) this.#feeds.delete(stage);
    for (const [stage, mark] of marks) this.#note(stage, mark, nowMs);
    return this.#choose(heard, [...marks.keys()], nowMs);
  }

  #note(stage: string, mark: number | null, nowMs: number): void {
    const feed = this.#feeds.get(stage);
    if (feed === undefined) {
      this.#feeds.set(stage, { mark, changedAtMs: null, steadySinceMs: nowMs });
      return;
    }
    if (mark === feed.mark || mark === null) return;
    if (this.#silentMs(stage, nowMs) >= SILENT_MS) feed.steadySinceMs = nowMs;
    feed.mark = mark;
    feed.changedAtMs = nowMs;
  }

  #silentMs(stage: string, nowMs: number): number {
    const changedAtMs = this.#feeds.get(stage)?.changedAtMs ?? null;
    return changedAtMs === null ? Number.POSITIVE_INFINITY : nowMs - changedAtMs;
  }

  #choose(heard: string, stages: readonly string[], nowMs: number): string {
    const isFresh = (stage: string) => this.#silentMs(stage, nowMs) < FRESH_MS;
    const first = stages[0] ?? heard;
    if (!stages.includes(heard)) return stages.find(isFresh) ?? first;
    if (this.#silentMs(heard, nowMs) >= SILENT_MS) return stages.find(isFresh) ?? heard;
    const steadyMs = nowMs - (this.#feeds.get(first)?.steadySinceMs ?? nowMs);
    return isFresh(first) && steadyMs >= STEADY_MS ? first : heard;
  }
}
