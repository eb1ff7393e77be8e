import type { Socket } from "node:net";
import { BOUNDS } from "../bounds.ts";
import type { Attendee } from "../events/space-audience.ts";
import type { EdgeMetrics, Protocol } from "../metrics.ts";
import type { Inbound } from "./inbound.ts";
import type { SocketOwner } from "./listener-socket.ts";

/** One connection that sound or events are written to. Plain data: a million of these exist. */
export interface Listener {
  readonly socket: Socket;
  readonly protocol: Protocol;
  /** Who is told what its socket does; @see attach */
  owner: SocketOwner | undefined;
  /** The crowd that it is in, and where in it. */
  crowd: Crowd | undefined;
  place: number;
  /** Since when it has been taking nothing, ms; 0 while it keeps up. */
  stuckSinceMs: number;
  /** What it has said so far is kept here; most say nothing. */
  inbound: Inbound | undefined;
  attendee: Attendee | undefined;
  /** It has said that it goes: its place is anybody's. */
  leaves: boolean;
}

export function newListener(socket: Socket, protocol: Protocol): Listener {
  return {
    socket,
    protocol,
    owner: undefined,
    crowd: undefined,
    place: 0,
    stuckSinceMs: 0,
    inbound: undefined,
    attendee: undefined,
    leaves: false,
  };
}

/** What is being written to a crowd, and to whom it has yet to be. */
interface Round {
  readonly bytes: Uint8Array;
  readonly essential: Uint8Array | undefined;
  readonly nowMs: number;
  /** Members before this place have yet to be written. */
  until: number;
}

/** Sockets that are all written the same bytes, in slices where they are many. */
export class Crowd {
  // An array, not a set: the hot path walks it, and a leaver's place is filled by another.
  readonly #members: Listener[] = [];
  readonly #metrics: EdgeMetrics;
  readonly #onTooSlow: (listener: Listener) => void;
  readonly #onSlow: (listener: Listener) => void;
  #round: Round | undefined;

  constructor(options: {
    metrics: EdgeMetrics;
    onTooSlow: (listener: Listener) => void;
    /** One has been taking nothing for a while: less sound might still pass. */
    onSlow?: (listener: Listener) => void;
  }) {
    this.#metrics = options.metrics;
    this.#onTooSlow = options.onTooSlow;
    this.#onSlow = options.onSlow ?? (() => {});
  }

  get size(): number {
    return this.#members.length;
  }

  get all(): readonly Listener[] {
    return this.#members;
  }

  /** True while some have yet to get what was begun: nothing else can be. */
  get busy(): boolean {
    return this.#round !== undefined;
  }

  /** Who comes during a round isn't part of it. */
  add(listener: Listener): void {
    listener.crowd = this;
    listener.place = this.#members.push(listener) - 1;
  }

  /** Nothing where it isn't in here. */
  remove(listener: Listener): void {
    if (listener.crowd !== this) return;
    listener.crowd = undefined;
    let hole = listener.place;
    const round = this.#round;
    if (round !== undefined && hole < round.until) {
      // Its place goes to one that hasn't been written either, that one's to the last.
      round.until -= 1;
      this.#move(round.until, hole);
      hole = round.until;
    }
    if (hole < this.#members.length - 1) this.#move(this.#members.length - 1, hole);
    this.#members.pop();
  }

  #move(from: number, to: number): void {
    const listener = this.#members[from]!;
    this.#members[to] = listener;
    listener.place = to;
  }

  /** All members, for a farewell; a round that has begun is finished first. */
  removeAll(): Listener[] {
    this.step(Number.POSITIVE_INFINITY);
    const all = this.#members.splice(0);
    for (const listener of all) listener.crowd = undefined;
    return all;
  }

  /**
   * Begins a round, which {@link step} carries out. Not while the crowd is busy.
   * @param essential what is sent even to those who lose the rest
   */
  begin(bytes: Uint8Array, essential: Uint8Array | undefined, nowMs: number): void {
    this.#round = { bytes, essential, nowMs, until: this.#members.length };
  }

  /**
   * The hot path: one write of a shared buffer for each member. A member that takes nothing is
   * passed over, and given up after a while.
   * @returns how many were looked at, at most `most`
   */
  step(most: number): number {
    const round = this.#round;
    if (round === undefined) return 0;
    const { bytes } = round;
    const to = Math.max(0, round.until - most);
    let [looked, written] = [0, 0];
    while (round.until > to) {
      round.until -= 1;
      looked += 1;
      const listener = this.#members[round.until]!;
      const waiting = listener.socket.writableLength;
      if (waiting <= BOUNDS.socketBytes) {
        listener.stuckSinceMs = 0;
        listener.socket.write(bytes);
        written += 1;
      } else {
        this.#skip(listener, waiting, round);
      }
    }
    if (round.until === 0) this.#round = undefined;
    this.#metrics.chunksWritten.inc(written);
    this.#metrics.bytesWritten.inc(written * bytes.length);
    this.#metrics.sums.bytes += written * bytes.length;
    if (looked > written) this.#metrics.chunksSkipped.inc(looked - written);
    return looked;
  }

  /** A whole round at once: for few, or for the last time. */
  write(bytes: Uint8Array, essential: Uint8Array | undefined, nowMs: number): void {
    this.step(Number.POSITIVE_INFINITY);
    this.begin(bytes, essential, nowMs);
    this.step(Number.POSITIVE_INFINITY);
  }

  /** Off the hot path: one member that isn't taking what it's sent. */
  #skip(listener: Listener, waiting: number, { essential, nowMs }: Round): void {
    if (listener.stuckSinceMs === 0) listener.stuckSinceMs = nowMs;
    const stuckMs = nowMs - listener.stuckSinceMs;
    if (stuckMs >= BOUNDS.tooSlowMs || waiting > BOUNDS.socketLimitBytes) {
      this.#metrics.tooSlow.inc();
      this.remove(listener);
      this.#onTooSlow(listener);
      return;
    }
    if (essential !== undefined) listener.socket.write(essential);
    if (stuckMs >= BOUNDS.slowMs) this.#onSlow(listener);
  }
}
