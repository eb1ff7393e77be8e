/**
 * What the server's clock says now, from the times that its welcomes carried. A welcome's time is
 * older by its way here, so of several the one that says latest is the nearest to the truth; what
 * remains is an error of one network trip at best.
 */
export class ServerClock {
  #offsetMs: number | null = null;

  /** @param serverMs as the server wrote it, ms since 1970 @param localMs as it came in */
  observe(serverMs: number, localMs: number): void {
    const offsetMs = serverMs - localMs;
    if (this.#offsetMs === null || offsetMs > this.#offsetMs) this.#offsetMs = offsetMs;
  }

  /** What to add to the local clock, ms; 0 before the first welcome. */
  get offsetMs(): number {
    return this.#offsetMs ?? 0;
  }

  /** @returns null before the first welcome */
  atMs(localMs: number): number | null {
    return this.#offsetMs === null ? null : localMs + this.#offsetMs;
  }
}
