import { BOUNDS } from "../bounds.ts";
import type { Crowd } from "./crowd.ts";

/**
 * Writes to crowds in slices: between two slices the event loop takes what has come from outside,
 * so that joins are accepted while a large crowd is being served.
 */
export class Writer {
  // Each crowd is in here once at most: a busy one begins nothing.
  readonly #waiting: Crowd[] = [];
  readonly #defer: (callback: () => void) => void;
  #left: number = BOUNDS.sliceWrites;
  #deferred = false;

  /** @param defer calls back after the event loop has looked at its sockets */
  constructor(defer: (callback: () => void) => void = setImmediate) {
    this.#defer = defer;
  }

  /** At each beat of a room: what may be written at once is counted from here. */
  beat(): void {
    if (!this.#deferred) this.#left = BOUNDS.sliceWrites;
  }

  /** As {@link Crowd.begin}; what doesn't fit this slice follows in the next. */
  write(crowd: Crowd, bytes: Uint8Array, essential: Uint8Array | undefined, nowMs: number): void {
    crowd.begin(bytes, essential, nowMs);
    this.#waiting.push(crowd);
    if (!this.#deferred) this.#run();
  }

  #run(): void {
    for (let crowd = this.#waiting[0]; crowd !== undefined; crowd = this.#waiting[0]) {
      if (this.#left <= 0) break;
      this.#left -= crowd.step(this.#left);
      if (!crowd.busy) this.#waiting.shift();
    }
    if (this.#waiting.length === 0) return;
    this.#deferred = true;
    this.#defer(() => {
      this.#deferred = false;
      this.#left = BOUNDS.sliceWrites;
      this.#run();
    });
  }
}
