import { LIMITS, type Rendition } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import type { ProgramLine } from "../program/line.ts";
import type { Listener } from "./crowd.ts";
import type { Easing } from "./easing.ts";
import { encodeChunkMessages, type WebSocketSlot } from "./websocket-slot.ts";

/** What a catch-up needs of the room that it happens in. */
export interface CatchUpGround {
  readonly line: ProgramLine;
  readonly loadingPast: () => boolean;
  /** What is sent of each frame to those of a slot. */
  readonly rendition: (slot: WebSocketSlot) => Rendition;
  readonly nowMs: () => number;
  /** Where one goes from a slot whose kind is as that one's: where the last turn was. */
  readonly served: (slot: WebSocketSlot) => WebSocketSlot;
  readonly onDone: (listener: Listener, slot: WebSocketSlot) => void;
  readonly onTooSlow: (listener: Listener) => void;
}

/** What is still to be sent to one before it is where its slot is. */
export interface Rest {
  /** Number of the first frame that it wants. */
  readonly from: number;
  /** Where it will be when it has caught up. */
  readonly slot: WebSocketSlot;
  readonly easing?: Easing | undefined;
}

/**
 * Those who resume by number: each gets what it missed in pieces, the next when the socket has
 * taken the one before, and joins its slot exactly where that stands. Whoever is eased in gets pieces of what
 * is live for a while first.
 */
export class CatchUps {
  readonly #ground: CatchUpGround;
  readonly #cursors = new Map<Listener, Cursor>();
  #eased = 0;
  // Who dropped together resumes together: they share their pieces until the next beat.
  readonly #pieces = new Map<string, Uint8Array>();

  constructor(ground: CatchUpGround) {
    this.#ground = ground;
  }

  /** How many are eased in. */
  get eased(): number {
    return this.#eased;
  }

  /**
   * What one who misses little needs before it stands where its slot does: it goes with its first bytes. So
   * those who come from an edge that died cost a write each, as newcomers do, and hear on with it.
   * @returns what is sent, and what is left for {@link add}, if anything
   */
  atOnce(rest: Rest): { readonly pieces: readonly Uint8Array[]; readonly rest: Rest | undefined } {
    const { from, slot, easing } = rest;
    const { line, rendition } = this.#ground;
    const [first, last] = [line.first, easing === undefined ? slot.upTo : line.head];
    if (first === undefined || last === undefined) return { pieces: [], rest };
    if (from < first || from > last + 1 || last - from >= BOUNDS.resumeFrames)
      return { pieces: [], rest };
    const pieces = from === last + 1 ? [] : [this.#piece(from, last, rendition(slot))];
    return { pieces, rest: easing && { ...rest, from: last + 1 } };
  }

  add(listener: Listener, { from, slot, easing }: Rest): void {
    const sinceMs = this.#ground.nowMs();
    this.#cursors.set(listener, { slot, next: from, busy: false, sinceMs, easing });
    if (easing !== undefined) this.#eased += 1;
    this.#step(listener, sinceMs);
  }

  remove(listener: Listener): void {
    if (this.#cursors.get(listener)?.easing !== undefined) this.#eased -= 1;
    this.#cursors.delete(listener);
  }

  /** Before a farewell: who lacks but a little gets it, and nobody is served any more. */
  finish(): void {
    const { line, rendition } = this.#ground;
    for (const [{ socket }, { next, slot, busy }] of this.#cursors) {
      const lacks = (line.head ?? -1) - next + 1;
      if (busy || lacks < 1 || lacks > BOUNDS.resumeFrames || next < (line.first ?? 0)) continue;
      socket.write(this.#piece(next, line.head!, rendition(slot)));
    }
    this.#cursors.clear();
    this.#eased = 0;
  }

  beat(nowMs: number): void {
    this.#pieces.clear();
    for (const [listener, cursor] of this.#cursors) {
      if (!cursor.busy) {
        this.#step(listener, nowMs);
      } else if (nowMs - cursor.sinceMs >= BOUNDS.tooSlowMs) {
        this.remove(listener);
        this.#ground.onTooSlow(listener);
      }
    }
  }

  /** Number of the last frame that one may have now; undefined: nothing yet. */
  #lastFor(cursor: Cursor, nowMs: number): number | undefined {
    const { line, served } = this.#ground;
    const { easing, next } = cursor;
    if (easing === undefined) return cursor.slot.upTo;
    if (nowMs < easing.untilMs) {
      return line.head !== undefined && line.head >= next + easing.frames - 1
        ? line.head
        : undefined;
    }
    const slot = served(cursor.slot);
    if ((slot.upTo ?? -1) < next - 1) return undefined;
    [cursor.slot, cursor.easing] = [slot, undefined];
    this.#eased -= 1;
    return slot.upTo;
  }

  /** Sends the next piece, or hands the listener over; else it's for a later beat. */
  #step(listener: Listener, nowMs: number): void {
    const { line, loadingPast, rendition, onDone } = this.#ground;
    const cursor = this.#cursors.get(listener);
    if (cursor === undefined) return;
    const [first, last] = [line.first, this.#lastFor(cursor, nowMs)];
    if (first === undefined || last === undefined) return;
    const { slot } = cursor;
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
    cursor.sinceMs = nowMs;
    listener.socket.write(piece, () => {
      cursor.busy = false;
      this.#step(listener, this.#ground.nowMs());
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
  slot: WebSocketSlot;
  easing: Easing | undefined;
  /** Number of the next frame that it needs. */
  next: number;
  /** A piece is on its way to the kernel. */
  busy: boolean;
  /** When the last piece was written, ms. */
  sinceMs: number;
}
