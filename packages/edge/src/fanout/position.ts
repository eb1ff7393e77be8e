import type { ProgramFrame } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import type { ProgramLine } from "../program/line.ts";

/** How far along the line a group of listeners has been served. */
export class Position {
  #upTo: number | undefined;

  /** Number of the last frame that went out; undefined before the first. */
  get upTo(): number | undefined {
    return this.#upTo;
  }

  /**
   * Moves on to `end`, or to the line's head.
   * @returns what lies between: contiguous, empty for nothing new
   */
  advance(line: ProgramLine, end = line.head): ProgramFrame[] {
    if (end === undefined || line.head === undefined || end <= (this.#upTo ?? -1)) return [];
    // Whoever came before the first frame gets what a newcomer would.
    const from = this.#upTo === undefined ? end - BOUNDS.newcomerFrames + 1 : this.#upTo + 1;
    this.#upTo = end;
    return line.range(from, end);
  }

  /** As `advance`, where nobody is there to be served. */
  skip(line: ProgramLine, end = line.head): void {
    if (line.head !== undefined && end !== undefined) this.#upTo = Math.max(end, this.#upTo ?? 0);
  }

  /** The latest second up to here: what a newcomer gets, so that the next chunk follows it. */
  latestSecond(line: ProgramLine): ProgramFrame[] {
    if (this.#upTo === undefined) return [];
    return line.range(this.#upTo - BOUNDS.newcomerFrames + 1, this.#upTo);
  }
}
