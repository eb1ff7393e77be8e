import { FrameRing } from "@rostra/sound";
import { FRAME_MS, frameNumberAt, LIMITS, MAX_PACKET_BYTES, type ProgramFrame } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import type { HoldingSound } from "./holding.ts";

/**
 * How a frame came in: from the stage; asked from the relay because it was missing; or as part of what
 * was before this line began.
 */
export type FrameSource = "live" | "history" | "past";
/** What became of a frame. `unfit`: no packet, or one too large to be passed on. */
export type Acceptance = "stored" | "duplicate" | "too-old" | "ahead" | "after-end" | "unfit";
/** Where a frame came from that the stage didn't send in time: see {@link ProgramLine}. */
export type FillKind = "history" | "lost" | "holding";

export interface LineOptions {
  /** Beginning of the space's number line, ms since 1970. */
  readonly epochMs: number;
  readonly holding: HoldingSound;
  /** Called once for each hole: numbers `from` to `to` were overtaken. */
  readonly onHole: (from: number, to: number) => void;
  readonly onFilled: (kind: FillKind, frames: number) => void;
  /** Frames kept. */
  readonly capacityFrames?: number;
}

function isFit({ length }: Uint8Array): boolean {
  return length > 0 && length <= MAX_PACKET_BYTES;
}

/**
 * One space's numbers on this edge, made contiguous: frames come in any order, any number of
 * times, with holes; what is handed out, `first` to `head`, has every number exactly once and never
 * changes. Knows neither socket nor clock: the time is handed in.
 */
export class ProgramLine {
  readonly #options: LineOptions;
  readonly #capacityFrames: number;
  // Made at the first frame: a space that is only announced costs nothing.
  #ring: FrameRing | undefined;
  #first: number | undefined;
  #head: number | undefined;
  /** Newest number up to the head that a stage has made; -1 for none. */
  #newestMade = -1;
  #end = Number.MAX_SAFE_INTEGER;
  #hole = { from: -1, sinceMs: 0 };
  // One bit for each of the ring's slots; made at the first that is made up.
  #madeUp: Uint8Array | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#capacityFrames = options.capacityFrames ?? BOUNDS.ringFrames;
  }

  /** Newest number that may be handed out; undefined before {@link begin}, or with nothing yet. */
  get head(): number | undefined {
    return this.#head !== undefined && this.#head >= this.first! ? this.#head : undefined;
  }

  /**
   * Newest number that may be handed out and that a stage has made; -1 where all was made up here, undefined as
   * {@link head}.
   */
  get newestMade(): number | undefined {
    return this.head === undefined ? undefined : this.#newestMade;
  }

  /** Oldest number that can be handed out, once the line has begun. */
  get first(): number | undefined {
    const latest = this.#ring?.latest;
    if (this.#first === undefined || latest === undefined) return this.#first;
    return Math.max(this.#first, latest - this.#capacityFrames + 1);
  }

  /** True when the last number of an ended space has been reached. */
  get finished(): boolean {
    return this.#head !== undefined && this.#head >= this.#end;
  }

  /** Says from which number on the line is handed out. */
  begin(first: number): void {
    this.#first = first;
    this.#head = first - 1;
  }

  /** No number after `last` belongs to the program. */
  endAt(last: number): void {
    this.#end = last;
    if (this.#head !== undefined) this.#head = Math.min(this.#head, last);
  }

  accept(frame: ProgramFrame, source: FrameSource, nowMs: number): Acceptance {
    const { number, packet } = frame;
    if (number > this.#end) return "after-end";
    if (!isFit(packet) || (frame.thin !== undefined && !isFit(frame.thin))) return "unfit";
    // One bad clock must not push ten minutes of good frames out of the ring.
    if (number > frameNumberAt(this.#options.epochMs, nowMs) + BOUNDS.aheadFrames) return "ahead";
    const result = this.#openRing().push(frame);
    if (result === "stored") this.#markMadeUp(number, false);
    if (result === "stored" && source === "history") this.#options.onFilled("history", 1);
    return result;
  }

  /** Moves `head` over what has come and over what is waited for no longer. */
  settle(nowMs: number): void {
    if (this.#head === undefined) return;
    const { epochMs } = this.#options;
    // Below 0 while a space is younger than the grace: then nothing is due yet.
    const due = Math.min(Math.floor((nowMs - BOUNDS.lateGraceMs - epochMs) / FRAME_MS), this.#end);
    // Beyond a ring's length (a machine that slept) nothing old is worth making up.
    if (due - this.#head > this.#capacityFrames) this.begin(due);
    for (;;) {
      while (this.#head < this.#end && this.#ring?.has(this.#head + 1)) {
        this.#head += 1;
        if (!this.isMadeUp(this.#head)) this.#newestMade = this.#head;
      }
      if (this.#head >= this.#end || !this.#fillNext(due, nowMs)) return;
    }
  }

  /** @returns false where the next number is still waited for */
  #fillNext(due: number, nowMs: number): boolean {
    const from = this.#head! + 1;
    const overtakenBy = this.#nextAfter(from);
    if (overtakenBy === undefined) {
      if (from > due) return false;
      this.#hold(from, due);
      this.#options.onFilled("holding", due - from + 1);
      return true;
    }
    if (this.#hole.from !== from) {
      this.#hole = { from, sinceMs: nowMs };
      this.#options.onHole(from, overtakenBy - 1);
    }
    if (nowMs - this.#hole.sinceMs < BOUNDS.holeGraceMs && from > due) return false;
    const to = nowMs - this.#hole.sinceMs < BOUNDS.holeGraceMs ? due : overtakenBy - 1;
    const last = Math.min(to, overtakenBy - 1);
    const kind = this.#fillHole(from, last, overtakenBy - from);
    this.#options.onFilled(kind, last - from + 1);
    return true;
  }

  /** Number of the frame that has overtaken a missing one; undefined for none. */
  #nextAfter(number: number): number | undefined {
    const latest = this.#ring?.latest;
    if (latest === undefined || latest <= number) return undefined;
    let next = number + 1;
    while (!this.#ring!.has(next)) next += 1;
    return next;
  }

  /** A short hole amid sound is concealed; a long one, or one amid holding sound, is held. */
  #fillHole(from: number, to: number, holeFrames: number): FillKind {
    const amidSound = this.#ring?.get(from - 1)?.holding === false;
    if (amidSound && holeFrames <= BOUNDS.concealedFrames) {
      this.#conceal(from, to);
      return "lost";
    }
    this.#hold(from, to);
    return "holding";
  }

  #conceal(from: number, to: number): void {
    for (let number = from; number <= to; number += 1) {
      this.#makeUp(this.#options.holding.lost(number));
    }
  }

  #hold(from: number, to: number): void {
    for (let number = from; number <= to; number += 1) {
      this.#makeUp(this.#options.holding.held(number));
    }
  }

  #makeUp(frame: ProgramFrame): void {
    if (this.#openRing().push(frame) === "stored") this.#markMadeUp(frame.number, true);
  }

  #openRing(): FrameRing {
    this.#ring ??= new FrameRing(this.#capacityFrames, this.#options.holding.tables);
    return this.#ring;
  }

  #markMadeUp(number: number, isMadeUp: boolean): void {
    if (!isMadeUp && this.#madeUp === undefined) return;
    this.#madeUp ??= new Uint8Array(Math.ceil(this.#capacityFrames / 8));
    const slot = number % this.#capacityFrames;
    const bit = 1 << (slot & 7);
    if (isMadeUp) this.#madeUp[slot >> 3]! |= bit;
    else this.#madeUp[slot >> 3]! &= ~bit;
  }

  /** True for a number of this line that no stage has sent, as far as was known in time. */
  isMadeUp(number: number): boolean {
    if (this.#madeUp === undefined || !this.#ring?.has(number)) return false;
    const slot = number % this.#capacityFrames;
    return ((this.#madeUp[slot >> 3]! >> (slot & 7)) & 1) === 1;
  }

  /**
   * Opens the line backwards, to the oldest frame that was accepted before {@link begin}'s number.
   * Holes in it are filled as they would have been at the time; nobody heard them here, so they don't count.
   */
  openBack(): void {
    const first = this.#first;
    const oldest = this.#ring?.oldest;
    if (first === undefined || oldest === undefined || oldest >= first) return;
    for (let number = oldest; number < first; number += 1) {
      if (this.#ring!.has(number)) continue;
      const next = this.#nextAfter(number) ?? first;
      this.#fillHole(number, next - 1, next - number);
    }
    this.#first = oldest;
  }

  /**
   * Frames `from` to `to`, inclusive, that a stage has made, as far as they are held: none of what was
   * made up here. At most LIMITS.chunkFrames.
   */
  made(from: number, to: number): ProgramFrame[] {
    const ring = this.#ring;
    if (ring?.oldest === undefined) return [];
    const last = Math.min(to, ring.latest!);
    const frames: ProgramFrame[] = [];
    for (let number = Math.max(from, ring.oldest); number <= last; number += 1) {
      const frame = this.isMadeUp(number) ? undefined : ring.get(number);
      if (frame !== undefined) frames.push(frame);
      if (frames.length === LIMITS.chunkFrames) break;
    }
    return frames;
  }

  /** Frames `from` to `to`, inclusive, as far as they can be handed out; contiguous. */
  range(from: number, to: number): ProgramFrame[] {
    if (this.head === undefined || this.#ring === undefined) return [];
    return this.#ring.range(Math.max(from, this.first!), Math.min(to, this.head));
  }
}
