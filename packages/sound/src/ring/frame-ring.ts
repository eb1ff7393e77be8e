import { FrameSlots, HoldingTables, isFrameNumber, type ProgramFrame } from "@rostra/wire";
import { SoundError } from "../errors.ts";

/** What became of a frame: the first copy wins, and the window only ever moves forward. */
export type PushResult = "stored" | "duplicate" | "too-old";

/**
 * The newest frames of one program, by number. Frames may come in any order and more than once.
 * Holds the window of `capacityFrames` numbers up to the latest; what falls out is forgotten. What
 * it hands out is equal to what was pushed, not the same object.
 */
export class FrameRing {
  readonly #capacity: number;
  readonly #slots: FrameSlots;
  #latest: number | undefined;
  // Lower bound of the oldest frame's number; exact while the ring isn't empty.
  #oldest = 0;
  #size = 0;

  /** @param tables shared by all rings of a process */
  constructor(capacityFrames: number, tables = new HoldingTables()) {
    if (!Number.isSafeInteger(capacityFrames) || capacityFrames < 1) {
      throw new SoundError("bad-option", "a ring holds at least one frame");
    }
    this.#capacity = capacityFrames;
    this.#slots = new FrameSlots(capacityFrames, tables);
  }

  /** Number of frames held, gaps not counted. */
  get size(): number {
    return this.#size;
  }

  /** Number of the newest frame; undefined before the first. */
  get latest(): number | undefined {
    return this.#latest;
  }

  /** Number of the oldest frame held; undefined before the first. */
  get oldest(): number | undefined {
    return this.#latest === undefined ? undefined : this.#oldest;
  }

  /** @throws {SoundError} `bad-option` where the number can't be a frame number */
  push(frame: ProgramFrame): PushResult {
    const { number } = frame;
    if (!isFrameNumber(number)) throw new SoundError("bad-option", "not a frame number");
    if (this.#latest === undefined) {
      this.#latest = number;
      this.#oldest = number;
    } else if (number > this.#latest) {
      this.#advance(this.#latest, number);
    } else {
      if (number <= this.#latest - this.#capacity) return "too-old";
      if (this.has(number)) return "duplicate";
      this.#oldest = Math.min(this.#oldest, number);
    }
    this.#slots.set(frame);
    this.#size += 1;
    return "stored";
  }

  /** Moves the window's end to `number` and forgets what falls out at its beginning. */
  #advance(latest: number, number: number): void {
    const begin = number - this.#capacity + 1;
    if (begin > latest) {
      this.#slots.clear();
      this.#size = 0;
      this.#oldest = number;
    } else {
      for (; this.#oldest < begin; this.#oldest += 1) this.#forget(this.#oldest);
    }
    this.#latest = number;
    // The next frame still held; `number` itself is about to be, so this ends.
    while (this.#oldest < number && !this.has(this.#oldest)) this.#oldest += 1;
  }

  #forget(number: number): void {
    if (!this.has(number)) return;
    this.#slots.delete(number);
    this.#size -= 1;
  }

  has(number: number): boolean {
    return isFrameNumber(number) && this.#slots.has(number);
  }

  /** The frame of that number, if it is held. */
  get(number: number): ProgramFrame | undefined {
    return isFrameNumber(number) ? this.#slots.get(number) : undefined;
  }

  /** The frames held from number `from` to `to`, both inclusive, ascending; gaps are left out. */
  range(from: number, to: number): ProgramFrame[] {
    const frames: ProgramFrame[] = [];
    if (this.#latest === undefined) return frames;
    const end = Math.min(to, this.#latest);
    for (let number = Math.max(Math.ceil(from), this.#oldest); number <= end; number += 1) {
      const frame = this.get(number);
      if (frame !== undefined) frames.push(frame);
    }
    return frames;
  }
}
