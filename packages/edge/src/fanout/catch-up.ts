import { LIMITS } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import type { ProgramLine } from "../program/line.ts";
import type { Listener } from "./crowd.ts";
import { encodeChunkMessages } from "./websocket-group.ts";

/** What a catch-up needs of the room that it happens in. */
export interface CatchUpGround {
  readonly line: ProgramLine;
  readonly loadingPast: () => boolean;
  /** Number of the last frame that the live group was sent. */
  readonly upTo: () => number | undefined;
  readonly nowMs: () => number;
  readonly onDone: (listener: Listener) => void;
  readonly onTooSlow: (listener: Listener) => void;
}

/**
 * Those who resume by number: each gets what it missed in pieces, the next when the socket has
 * taken the one before, and joins the live group exactly where that stands.
 */
export class CatchUps {
  readonly #ground: CatchUpGround;
  readonly #cursors = new Map<Listener, Cursor>();
  // Who dropped together resumes together: they share their pieces until the next beat.
  readonly #pieces = new Map<string, Uint8Array>();

  constructor(ground: CatchUpGround) {
    this.#ground = ground;
  }

  /** @param from number of the first frame that it wants */
  add(listener: Listener, from: number): void {
    this.#cursors.set(listener, { next: from, busy: false, sinceMs: this.#ground.nowMs() });
    this.#step(listener);
  }

  remove(listener: Listener): void {
    this.#cursors.delete(listener);
  }

  clear(): void {
    this.#cursors.clear();
  }

  beat(nowMs: number): void {
    this.#pieces.clear();
    for (const [listener, cursor] of this.#cursors) {
      if (!cursor.busy) {
        this.#step(listener);
      } else if (nowMs - cursor.sinceMs >= BOUNDS.tooSlowMs) {
        this.#cursors.delete(listener);
        this.#ground.onTooSlow(listener);
      }
    }
  }

  /** Sends the next piece, or hands the listener over; else it's for a later beat. */
  #step(listener: Listener): void {
    const { line, loadingPast, upTo, onDone } = this.#ground;
    const cursor = this.#cursors.get(listener);
    const [first, last] = [line.first, upTo()];
    if (cursor === undefined || first === undefined || last === undefined) return;
    if (cursor.next < first) {
      if (loadingPast()) return;
      cursor.next = first;
    }
    // An edge that is a little behind the one before: the live group will get there.
    if (cursor.next > last + 1) return;
    if (cursor.next === last + 1) {
      this.#cursors.delete(listener);
      onDone(listener);
      return;
    }
    const to = Math.min(last, cursor.next + LIMITS.chunkFrames - 1);
    const piece = this.#piece(cursor.next, to);
    cursor.next = to + 1;
    cursor.busy = true;
    cursor.sinceMs = this.#ground.nowMs();
    listener.socket.write(piece, () => {
      cursor.busy = false;
      this.#step(listener);
    });
  }

  #piece(from: number, to: number): Uint8Array {
    const key = `${from}-${to}`;
    let piece = this.#pieces.get(key);
    if (piece === undefined) {
      piece = Buffer.concat(encodeChunkMessages(this.#ground.line.range(from, to)));
      this.#pieces.set(key, piece);
    }
    return piece;
  }
}

interface Cursor {
  /** Number of the next frame that it needs. */
  next: number;
  /** A piece is on its way to the kernel. */
  busy: boolean;
  /** When the last piece was written, ms. */
  sinceMs: number;
}
