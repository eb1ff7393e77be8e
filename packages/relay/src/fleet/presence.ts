/** Silence of so many of its beats, and a process is taken for gone. */
const BEATS_MISSED = 4;

/**
 * Which processes of the fleet are there, by the beats that each sends. While nothing can be heard
 * at all nobody is taken for gone: the fault is more likely ours. Pure.
 */
export class Presence {
  readonly #heard = new Map<string, { atMs: number; everyMs: number }>();

  /** @param everyMs how often it means to be heard */
  heard(author: string, nowMs: number, everyMs: number): void {
    this.#heard.set(author, { atMs: nowMs, everyMs });
  }

  /** It has said goodbye. */
  left(author: string): void {
    this.#heard.delete(author);
  }

  knows(author: string): boolean {
    return this.#heard.has(author);
  }

  get size(): number {
    return this.#heard.size;
  }

  /** We hear again after having heard nothing: everybody gets their time anew. */
  resume(nowMs: number): void {
    for (const each of this.#heard.values()) each.atMs = nowMs;
  }

  /** Those who have been silent for too long; they are forgotten. */
  takeLapsed(nowMs: number): string[] {
    const lapsed: string[] = [];
    for (const [author, { atMs, everyMs }] of this.#heard) {
      if (nowMs - atMs > BEATS_MISSED * everyMs) lapsed.push(author);
    }
    for (const author of lapsed) this.#heard.delete(author);
    return lapsed;
  }
}
