/** Bytes a second on a thin link: 20 kbit/s, where the program takes 32. */
const BYTES_PER_SECOND = 2_500;
/** What a thin link takes at once. */
const BURST_BYTES = 8_192;

/** How much a listener behind a thin link may have read by now. */
export class ThinLink {
  #fromMs = 0;
  #readBytes = 0;

  /** A connection begins. */
  begin(nowMs: number): void {
    [this.#fromMs, this.#readBytes] = [nowMs, 0];
  }

  /** @returns whether it may read on */
  take(bytes: number, nowMs: number): boolean {
    this.#readBytes += bytes;
    return this.mayRead(nowMs);
  }

  mayRead(nowMs: number): boolean {
    const taken = ((nowMs - this.#fromMs) / 1_000) * BYTES_PER_SECOND;
    return this.#readBytes < BURST_BYTES + taken;
  }
}
