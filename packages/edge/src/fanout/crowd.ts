import type { Socket } from "node:net";
import { BOUNDS } from "../bounds.ts";
import type { EdgeMetrics, Protocol } from "../metrics.ts";

/** One connection that sound or events are written to. Plain data: a million of these exist. */
export interface Listener {
  readonly socket: Socket;
  readonly protocol: Protocol;
  /** The crowd that it is in, and where in it. */
  crowd: Crowd | undefined;
  place: number;
  /** Since when it has been taking nothing, ms; 0 while it keeps up. */
  stuckSinceMs: number;
}

export function newListener(socket: Socket, protocol: Protocol): Listener {
  return { socket, protocol, crowd: undefined, place: 0, stuckSinceMs: 0 };
}

/** Sockets that are all written the same bytes. */
export class Crowd {
  // An array, not a set: the hot path walks it, and a leaver's place is filled by the last.
  readonly #members: Listener[] = [];
  readonly #metrics: EdgeMetrics;
  readonly #onTooSlow: (listener: Listener) => void;

  constructor(options: { metrics: EdgeMetrics; onTooSlow: (listener: Listener) => void }) {
    this.#metrics = options.metrics;
    this.#onTooSlow = options.onTooSlow;
  }

  get size(): number {
    return this.#members.length;
  }

  add(listener: Listener): void {
    listener.crowd = this;
    listener.place = this.#members.push(listener) - 1;
  }

  /** Nothing where it isn't in here. */
  remove(listener: Listener): void {
    if (listener.crowd !== this) return;
    listener.crowd = undefined;
    const last = this.#members.pop()!;
    if (last === listener) return;
    this.#members[listener.place] = last;
    last.place = listener.place;
  }

  /** All members, for a farewell. */
  removeAll(): Listener[] {
    const all = this.#members.splice(0);
    for (const listener of all) listener.crowd = undefined;
    return all;
  }

  /**
   * The hot path: one write of a shared buffer for each member. A member that takes nothing is
   * passed over, and given up after a while; `essential` is what it's sent even then.
   */
  write(bytes: Uint8Array, essential: Uint8Array | undefined, nowMs: number): void {
    let written = 0;
    let skipped = 0;
    // Backwards: giving a member up moves the last one into its place.
    for (let at = this.#members.length - 1; at >= 0; at -= 1) {
      const listener = this.#members[at]!;
      const waiting = listener.socket.writableLength;
      if (waiting <= BOUNDS.socketBytes) {
        listener.stuckSinceMs = 0;
        listener.socket.write(bytes);
        written += 1;
      } else {
        skipped += 1;
        this.#skip(listener, waiting, essential, nowMs);
      }
    }
    this.#metrics.chunksWritten.inc(written);
    this.#metrics.bytesWritten.inc(written * bytes.length);
    if (skipped > 0) this.#metrics.chunksSkipped.inc(skipped);
  }

  /** Off the hot path: one member that isn't taking what it's sent. */
  #skip(
    listener: Listener,
    waiting: number,
    essential: Uint8Array | undefined,
    nowMs: number,
  ): void {
    if (listener.stuckSinceMs === 0) listener.stuckSinceMs = nowMs;
    const stuckMs = nowMs - listener.stuckSinceMs;
    if (stuckMs >= BOUNDS.tooSlowMs || waiting > BOUNDS.socketLimitBytes) {
      this.#metrics.tooSlow.inc();
      this.remove(listener);
      this.#onTooSlow(listener);
    } else if (essential !== undefined) {
      listener.socket.write(essential);
    }
  }
}
