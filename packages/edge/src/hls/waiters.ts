/** Tells one waiter how it ended. */
export type Resume = (outcome: "reached" | "timeout" | "closed") => void;

interface Waiter {
  readonly resume: Resume;
  readonly deadlineMs: number;
}

/**
 * Requests that wait for the line to reach a frame number. Those who wait for the same number
 * share a bucket: a step of the line looks at buckets, not at waiters.
 */
export class Waiters {
  readonly #buckets = new Map<number, Set<Waiter>>();
  readonly #limit: number;
  readonly #timeoutMs: number;
  #size = 0;

  constructor(options: { limit: number; timeoutMs: number }) {
    this.#limit = options.limit;
    this.#timeoutMs = options.timeoutMs;
  }

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** @returns how to stop waiting; undefined where too many wait already */
  add(target: number, nowMs: number, resume: Resume): (() => void) | undefined {
    if (this.#size >= this.#limit) return undefined;
    const bucket = this.#buckets.get(target) ?? new Set();
    const waiter = { resume, deadlineMs: nowMs + this.#timeoutMs };
    this.#buckets.set(target, bucket.add(waiter));
    this.#size += 1;
    return () => this.#remove(target, waiter);
  }

  /** @param end one past the last frame that can be fetched now */
  reach(end: number): void {
    for (const target of [...this.#buckets.keys()]) {
      if (target <= end) this.#release(target, "reached");
    }
  }

  /** Sends those away who have waited too long. */
  expire(nowMs: number): void {
    for (const [target, bucket] of this.#buckets) {
      // In the order in which they came, so the rest of a bucket is younger.
      for (const waiter of bucket) {
        if (waiter.deadlineMs > nowMs) break;
        this.#remove(target, waiter);
        waiter.resume("timeout");
      }
    }
  }

  /** Sends everybody away: with what there is at an end, or without. */
  releaseAll(outcome: "reached" | "closed"): void {
    for (const target of [...this.#buckets.keys()]) this.#release(target, outcome);
  }

  #release(target: number, outcome: "reached" | "closed"): void {
    const bucket = this.#buckets.get(target);
    if (bucket === undefined) return;
    this.#buckets.delete(target);
    this.#size -= bucket.size;
    for (const { resume } of bucket) resume(outcome);
  }

  #remove(target: number, waiter: Waiter): void {
    const bucket = this.#buckets.get(target);
    if (bucket?.delete(waiter) !== true) return;
    this.#size -= 1;
    if (bucket.size === 0) this.#buckets.delete(target);
  }
}
