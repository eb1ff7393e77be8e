import type { FrameSource, ProgramFrame } from "@rostra/wire";
import { HeldFrames } from "./held-frames.ts";
import { type HeardSource, Preference } from "./preference.ts";
import { Wholeness } from "./wholeness.ts";

/** What has gone out of a line: each number once. */
export interface Played {
  has(number: number): boolean;
  /** @returns false where the number has gone out already */
  add(frame: ProgramFrame): boolean;
}

/** Told what the merge had to do; each is rare where all is well. */
export interface MergeObserver {
  /** Frames that the source which is followed left out, and another had. */
  filled(frames: number): void;
  /** Another source is followed because the one before fell silent, or is whole again. */
  crossed(to: FrameSource): void;
  /** Frames of a stage that has been replaced. */
  fenced(frames: number): void;
}

/**
 * Silence of the followed source after which another takes its place, ms: the other's second frame,
 * 40 ms after the last, always finds it, so that a death costs what lies between two frames, once. A
 * healthy stage is late by less than half a frame, and an edge begins to fill after 400 ms
 * (`docs/decisions/0022`).
 */
export const CROSS_AFTER_MS = 30;
/** And so often has the other spoken since: so a pause of our own process is no silence of a stage. */
const CROSS_AFTER_TIMES = 2;
/** Nobody has said anything for so long, ms: what was said last goes out. */
export const ALL_SILENT_MS = 100;
/** The followed source has left a number out when it's so many further: two paths may swap some. */
const OVERTAKEN_FRAMES = 2;

/**
 * One space's line out of the frames of all its stages over all paths: each number at most once.
 * One source is followed, and its frames go out at once, in the order in which they come: the first
 * stage of the highest term. Those of the other stage of a pair are held back, and go out where the
 * followed one leaves a number out; when it falls silent, or has lost control's word or its
 * microphones ({@link Preference}), the other is followed, until a higher term has another first
 * stage, or the first has been whole for a while. What a term says that is
 * over nobody hears: a stage that was stopped and goes on can't speak twice. Pure.
 */
export class LineMerge {
  readonly #played: Played;
  readonly #observer: MergeObserver;
  readonly #crossAfterMs: number;
  readonly #held = new HeldFrames();
  readonly #first = new Wholeness();
  readonly #preference = new Preference();
  #followed: FrameSource | undefined;
  /** Highest term whose first stage is, or was, waited for. */
  #firstTerm = -1;
  /** Newest number of the followed source, and when it came. */
  #latest = -1;
  #latestAtMs = 0;
  /** Who speaks while the followed one is silent, and what it has said since. */
  #other: { source: FrameSource; times: number; latest: number } | undefined;

  /** @param crossAfterMs another hold-back, to measure what it does */
  constructor(played: Played, observer: MergeObserver, crossAfterMs = CROSS_AFTER_MS) {
    this.#crossAfterMs = crossAfterMs;
    this.#played = played;
    this.#observer = observer;
  }

  /** How many frames are held back: while there are any, {@link due} has to be asked. */
  get heldFrames(): number {
    return this.#held.size;
  }

  /**
   * Takes what came in.
   * @param frames ascending
   * @returns what goes out now, ascending
   */
  take(frames: readonly ProgramFrame[], source: HeardSource, nowMs: number): ProgramFrame[] {
    const first = frames[0];
    if (first === undefined) return [];
    if (this.#followed === undefined) this.#begin(source, nowMs);
    if (source.term < this.#followed!.term) {
      this.#observer.fenced(frames.length);
      return [];
    }
    const out: ProgramFrame[] = [];
    if (!source.second && source.term > this.#firstTerm) this.#newFirst(source, first.number, out);
    if (isSame(source, this.#followed!)) this.#takeFollowed(frames, source, nowMs, out);
    else this.#takeOther(frames, source, nowMs, out);
    return out.length > 1 ? out.sort((a, b) => a.number - b.number) : out;
  }

  /** What has been held back for long enough; to be asked every frame or so while it {@link heldFrames | holds some}. */
  due(nowMs: number): ProgramFrame[] {
    const out: ProgramFrame[] = [];
    const silentMs = nowMs - this.#latestAtMs;
    if (this.#isSilent(nowMs)) this.#cross(nowMs, out);
    else if (this.heldFrames > 0 && silentMs >= ALL_SILENT_MS) {
      // The others have fallen silent, too: what they said last goes out.
      if (this.#other === undefined)
        this.#fill(this.#held.takeBelow(Number.POSITIVE_INFINITY), out);
      else this.#cross(nowMs, out);
    }
    return out;
  }

  /** Whoever speaks first, the first stage is waited for. */
  #begin({ term }: FrameSource, nowMs: number): void {
    this.#followed = { term, second: false };
    this.#firstTerm = term;
    this.#latestAtMs = nowMs;
  }

  /** Most often what was the second until now: what it said as such goes out before. */
  #newFirst(source: FrameSource, number: number, out: ProgramFrame[]): void {
    this.#firstTerm = source.term;
    this.#followed = source;
    this.#latest = -1;
    this.#first.renew();
    this.#preference.renew();
    this.#fill(this.#held.takeBelow(number), out);
    this.#held.dropBeyond(number);
  }

  #takeFollowed(
    frames: readonly ProgramFrame[],
    source: HeardSource,
    nowMs: number,
    out: ProgramFrame[],
  ): void {
    for (const frame of frames) {
      if (this.#played.add(frame)) out.push(frame);
      this.#held.drop(frame.number);
      // A copy that is late on its path is no sign of life.
      if (frame.number <= this.#latest) continue;
      this.#latest = frame.number;
      this.#latestAtMs = nowMs;
      this.#other = undefined;
      this.#preference.followed(frame, source);
    }
    if (this.heldFrames > 0)
      this.#fill(this.#held.takeBelow(this.#latest - OVERTAKEN_FRAMES + 1), out);
  }

  #takeOther(
    frames: readonly ProgramFrame[],
    source: HeardSource,
    nowMs: number,
    out: ProgramFrame[],
  ): void {
    let ahead: number | undefined;
    for (const frame of frames) if (this.#takeOne(frame, source, out)) ahead = frame.number;
    if (ahead !== undefined) this.#countOther(source, ahead);
    if (this.#isFirstAgain(frames, source)) this.#follow(source, this.#first.latest, nowMs, out);
    else if (this.#isPreferred(frames, source)) this.#prefer(source, frames, nowMs, out);
    else if (this.#isSilent(nowMs) && isSame(source, this.#other!.source)) this.#cross(nowMs, out);
  }

  /** @returns whether it is ahead of what has gone out */
  #takeOne(frame: ProgramFrame, source: FrameSource, out: ProgramFrame[]): boolean {
    if (this.#played.has(frame.number)) return false;
    if (this.#latest >= 0 && frame.number <= this.#latest - OVERTAKEN_FRAMES) {
      this.#fill([frame], out);
      return false;
    }
    this.#held.add(frame, this.#latest, source.term === this.#followed!.term);
    return true;
  }

  /**
   * The second of this term before that of a later one: that one has just begun.
   * @param number the newest that it has said now
   */
  #countOther(source: FrameSource, number: number): void {
    const other = this.#other;
    if (other === undefined || !isSame(other.source, source)) {
      if (other !== undefined && source.term !== this.#followed!.term) return;
      this.#other = { source, times: 1, latest: number };
    } else if (number > other.latest) {
      this.#other = { source, times: other.times + 1, latest: number };
    }
  }

  #isFirstAgain(frames: readonly ProgramFrame[], source: HeardSource): boolean {
    if (source.second || source.term !== this.#followed!.term) return false;
    const isWorse = (frame: ProgramFrame) => this.#preference.isWorse(frame, source);
    return this.#first.take(frames, this.#latest, isWorse);
  }

  #isPreferred(frames: readonly ProgramFrame[], source: HeardSource): boolean {
    return source.term === this.#followed!.term && this.#preference.other(frames, source);
  }

  #prefer(
    source: FrameSource,
    frames: readonly ProgramFrame[],
    nowMs: number,
    out: ProgramFrame[],
  ): void {
    if (source.second) this.#first.lost();
    this.#follow(source, frames.at(-1)!.number, nowMs, out);
  }

  #isSilent(nowMs: number): boolean {
    if (this.#other === undefined || this.#other.times < CROSS_AFTER_TIMES) return false;
    return nowMs - this.#latestAtMs >= this.#crossAfterMs;
  }

  #cross(nowMs: number, out: ProgramFrame[]): void {
    const { source, latest } = this.#other!;
    if (source.second) this.#first.lost();
    this.#follow(source, latest, nowMs, out);
  }

  /** What was held back up to its newest number goes out: nothing of that is waited for now. */
  #follow({ term, second }: FrameSource, latest: number, nowMs: number, out: ProgramFrame[]): void {
    this.#fill(this.#held.takeBelow(latest + 1), out);
    this.#followed = { term, second };
    this.#latest = latest;
    this.#latestAtMs = nowMs;
    this.#other = undefined;
    this.#preference.renew();
    this.#observer.crossed({ term, second });
  }

  #fill(frames: readonly ProgramFrame[], out: ProgramFrame[]): void {
    const fresh = frames.filter((frame) => this.#played.add(frame));
    if (fresh.length === 0) return;
    out.push(...fresh);
    this.#observer.filled(fresh.length);
  }
}

function isSame(a: FrameSource, b: FrameSource): boolean {
  return a.term === b.term && a.second === b.second;
}
