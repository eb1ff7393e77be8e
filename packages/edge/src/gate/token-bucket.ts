/** A pace with room for a burst: holds up to `burst` tokens, and gains `perSecond` of them. */
export class TokenBucket {
  #tokens: number;
  #atMs: number;

  constructor(burst: number, nowMs: number) {
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  /** @returns ms until there is a token again; undefined where one was taken now */
  take(nowMs: number, burst: number, perSecond: number): number | undefined {
    // A clock that goes back gives nothing and takes nothing.
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#tokens = Math.min(burst, this.#tokens + (passedMs * perSecond) / 1_000);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) * 1_000) / perSecond);
    this.#tokens -= 1;
    return undefined;
  }
}
