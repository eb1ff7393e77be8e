/** How long a stall is remembered. */
const MEMORY_MS = 20_000;
/** Packets that come within this after a late one were held up with it. */
const SAME_BURST_MS = 5;
/** So many packets in its wake make a late packet a stall; else it is jitter. */
const WAKE_PACKETS = 2;
/** Shorter ones are covered by what jitter needs. */
const MIN_STALL_MS = 40;
const MAX_STALLS = 32;

interface Stall {
  readonly atMs: number;
  readonly lateMs: number;
}

/**
 * Tells stalls from jitter. Where a link or a machine stands still for 150 ms, eight packets come
 * late, but it is one event. A stall that comes alone is worked off and forgotten; where they come
 * again and again, the delay should cover them.
 */
export class StallMemory {
  readonly #stalls: Stall[] = [];
  #first: Stall = { atMs: Number.NEGATIVE_INFINITY, lateMs: 0 };
  #wakePackets = 0;

  /**
   * @param lateMs how much longer the packet took than the fastest ones
   * @returns whether it came in the wake of another: both were held up by the same thing
   */
  observe(arrivalMs: number, lateMs: number): boolean {
    if (arrivalMs - this.#first.atMs >= SAME_BURST_MS) {
      this.#first = { atMs: arrivalMs, lateMs };
      this.#wakePackets = 0;
      return false;
    }
    this.#wakePackets += 1;
    if (this.#wakePackets === WAKE_PACKETS && this.#first.lateMs >= MIN_STALL_MS) {
      this.#note(this.#first);
    }
    return true;
  }

  #note(stall: Stall): void {
    this.#stalls.push(stall);
    if (this.#stalls.length > MAX_STALLS) this.#stalls.shift();
  }

  /** What the second longest stall of late took; 0 where there weren't two. */
  recurringMs(nowMs: number): number {
    while (this.#stalls.length > 0 && nowMs - this.#stalls[0]!.atMs > MEMORY_MS) {
      this.#stalls.shift();
    }
    let [longest, second] = [0, 0];
    for (const { lateMs } of this.#stalls) {
      second = Math.max(second, Math.min(longest, lateMs));
      longest = Math.max(longest, lateMs);
    }
    return second;
  }

  reset(): void {
    this.#stalls.length = 0;
  }
}
