/** Somebody who is to be started at a time. */
export interface Due {
  /** ms of the process's clock; must not change while in line. */
  readonly dueMs: number;
}

/**
 * Who is to be started when: whoever is due first stands first. A binary heap (Williams, 1964, Algorithm
 * 232): thousands stand in it within a tenth of a second when an edge dies.
 */
export class DueLine<Who extends Due> {
  #line: Who[] = [];

  /** When the first is due; infinity where nobody stands here. */
  get firstMs(): number {
    return this.#line[0]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  clear(): void {
    this.#line = [];
  }

  add(who: Who): void {
    const line = this.#line;
    let at = line.length;
    // Those who are due later make way.
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (line[above]!.dueMs <= who.dueMs) break;
      line[at] = line[above]!;
      at = above;
    }
    line[at] = who;
  }

  /** @returns the first, where it is due by then */
  take(nowMs: number): Who | undefined {
    if (this.firstMs > nowMs) return undefined;
    const line = this.#line;
    const first = line[0];
    const last = line.pop()!;
    if (line.length > 0) this.#sink(last);
    return first;
  }

  /** From the top to where nobody below is due earlier. */
  #sink(who: Who): void {
    const line = this.#line;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= line.length) break;
      if (below + 1 < line.length && line[below + 1]!.dueMs < line[below]!.dueMs) below += 1;
      if (line[below]!.dueMs >= who.dueMs) break;
      line[at] = line[below]!;
      at = below;
    }
    line[at] = who;
  }
}
