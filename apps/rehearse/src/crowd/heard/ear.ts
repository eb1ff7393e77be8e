/** A frame as a listener got it. */
export interface HeardFrame {
  readonly number: number;
  /** A copy; empty for a frame that was lost on the server's side. */
  readonly packet: Uint8Array;
}

/** Frames that wait to be compared: a minute. */
const MAX_WAITING = 3_000;

/** Keeps what one listener hears until it's compared, and watches over its order at once. */
export class Ear {
  readonly protocol: string;
  frames = 0;
  /** Numbers that were jumped over. */
  missing = 0;
  /** Numbers that came again. */
  repeated = 0;
  /** Frames that nobody compared: the comparison was too far behind. */
  overflowed = 0;
  #next = -1;
  /** A newcomer is given the latest second again: not a fault of the line. */
  #overlaps = true;
  #waiting: HeardFrame[] = [];

  constructor(protocol: string) {
    this.protocol = protocol;
  }

  /** @param resumes it asks for the frame after its last; else it begins anew, as any newcomer */
  connected(resumes: boolean): void {
    this.#overlaps = !resumes;
  }

  take(first: number, packets: readonly Uint8Array[]): void {
    if (this.#next >= 0 && first > this.#next) this.missing += first - this.#next;
    for (const [at, packet] of packets.entries()) {
      const number = first + at;
      if (number < this.#next) {
        if (!this.#overlaps) this.repeated += 1;
        continue;
      }
      this.#next = number + 1;
      this.frames += 1;
      if (this.#waiting.length < MAX_WAITING) {
        this.#waiting.push({ number, packet: Uint8Array.from(packet) });
      } else {
        this.overflowed += 1;
      }
    }
    if (first + packets.length >= this.#next) this.#overlaps = false;
  }

  /** Those up to `number`, in order; they are the caller's from now on. */
  takeUpTo(number: number): HeardFrame[] {
    const end = this.#waiting.findIndex((frame) => frame.number > number);
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  /** Number of the newest frame; -1 before the first. */
  get newest(): number {
    return this.#next - 1;
  }
}
