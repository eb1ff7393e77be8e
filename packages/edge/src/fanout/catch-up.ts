import { LIMITS, type Rendition } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import type { ProgramLine } from "../program/line.ts";
import type { Listener } from "./crowd.ts";
import { encodeChunkMessages, type WebSocketSlot } from "./websocket-slot.ts";

/** What a catch-up needs of the room that it happens in. */
export interface CatchUpGround {
  readonly line: ProgramLine;
  readonly loadingPast: () => boolean;
  /** What is sent of each frame to those of a slot. */
  readonly rendition: (slot: WebSocketSlot) => Rendition;
  readonly nowMs: () => number;
  readonly onDone: (listener: Listener, slot: WebSocketSlot) => void;
  readonly onTooSlow: (listener: Listener) => void;
}

/**
 * Those who resume by number: each gets what it missed in pieces, the next when the socket has
 * taken the one before, and joins its slot exactly where that stands.
 */
export class CatchUps {
  readonly #ground: CatchUpGround;
  readonly #cursors = new Map<Listener, Cursor>();
  // Who dropped together resumes together: they share their pieces until the next beat.
  readonly #pieces = new Map<string, Uint8Array>();

  constructor(ground: CatchUpGround) {
    this.#ground = ground;
  }

  /**
   * What one who misses little needs before it stands where its slot does: it goes with its first bytes. So
   * those who come from an edge that died cost a write each, as newcomers do, and hear on with it.
   * @returns undefined where it takes longer: {@link add} sees to it
   */
  atOnce(from: number, slot: WebSocketSlot): readonly Uint8Array[] | undefined {
    const { line, rendition } = this.#ground;
    const [first, last] = [line.first, slot.upTo];
    if (first === undefined || last === undefined) return undefined;
    if (from < first || from > last + 1 || last - from >= BOUNDS.resumeFrames) return undefined;
    return from === last + 1 ? [] : [this.#piece(from, last, rendition(slot))];
  }

  /**
   * @param from number of the first frame that it wants
   * @param slot where it will be when it has caught up
   */
  add(listener: Listener, from: number, slot: WebSocketSlot): void {
    const sinceMs = this.#ground.nowMs();
    this.#cursors.set(listener, { slot, next: from, busy: false, sinceMs });
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
    const { line, loadingPast, rendition, onDone } = this.#ground;
    const cursor = this.#cursors.get(listener);
    if (cursor === undefined) return;
    const { slot } = cursor;
    const [first, last] = [line.first, slot.upTo];
    if (first === undefined || last === undefined) return;
    if (cursor.next < first) {
      if (loadingPast()) return;
      cursor.next = first;
    }
    // An edge that is a little behind the one before: the slot will get there.
    if (cursor.next > last + 1) return;
    if (cursor.next === last + 1) {
      this.#cursors.delete(listener);
      onDone(listener, slot);
      return;
    }
    const to = Math.min(last, cursor.next + LIMITS.chunkFrames - 1);
    const piece = this.#piece(cursor.next, to, rendition(slot));
    cursor.next = to + 1;
    cursor.busy = true;
    cursor.sinceMs = this.#ground.nowMs();
    listener.socket.write(piece, () => {
      cursor.busy = false;
      this.#step(listener);
    });
  }

  #piece(from: number, to: number, rendition: Rendition): Uint8Array {
    const key = `${from}-${to}-${rendition}`;
    let piece = this.#pieces.get(key);
    if (piece === undefined) {
      piece = Buffer.concat(encodeChunkMessages(this.#ground.line.range(from, to), rendition));
      this.#pieces.set(key, piece);
    }
    return piece;
  }
}

interface Cursor {
  readonly slot: WebSocketSlot;
  /** Number of the next frame that it needs. */
  next: number;
  /** A piece is on its way to the kernel. */
  busy: boolean;
  /** When the last piece was written, ms. */
  sinceMs: number;
}
