import type { ProgramFrame } from "@rostra/wire";

/** Two seconds: two stages of a pair are that far apart at most. */
export const HELD_FRAMES = 100;

/** Frames that wait until it's known whether they are needed; bounded. Pure. */
export class HeldFrames {
  readonly #frames = new Map<number, ProgramFrame>();

  get size(): number {
    return this.#frames.size;
  }

  /**
   * @param latest newest number of those that are followed; -1 for none. Further ahead of it than
   * the bound nothing is held.
   * @param preferred to a copy that is held already
   */
  add(frame: ProgramFrame, latest: number, preferred: boolean): void {
    const known = this.#frames.has(frame.number);
    if (known && !preferred) return;
    const room = known || this.#frames.size < HELD_FRAMES;
    const near = latest < 0 || frame.number <= latest + HELD_FRAMES;
    if (room && near) this.#frames.set(frame.number, frame);
  }

  drop(number: number): void {
    this.#frames.delete(number);
  }

  /** Takes all below a number out, ascending. */
  takeBelow(number: number): ProgramFrame[] {
    const taken = [...this.#frames.values()].filter((frame) => frame.number < number);
    for (const frame of taken) this.#frames.delete(frame.number);
    return taken.sort((a, b) => a.number - b.number);
  }

  /** Forgets what is further ahead of a number than the bound. */
  dropBeyond(number: number): void {
    for (const held of this.#frames.keys()) if (held > number + HELD_FRAMES) this.drop(held);
  }
}
