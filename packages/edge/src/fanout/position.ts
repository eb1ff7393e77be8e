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

  /** Moves to the line's head. @returns what lies between: contiguous, empty for nothing new */
  advance(line: ProgramLine): ProgramFrame[] {
    const { head } = line;
    if (head === undefined) return [];
    // Whoever came before the first frame gets what a newcomer would.
    const from = this.#upTo === undefined ? head - BOUNDS.newcomerFrames + 1 : this.#upTo + 1;
    this.#upTo = Math.max(head, this.#upTo ?? 0);
    return line.range(from, head);
  }

  /** As `advance`, where nobody is there to be served. */
  skip(line: ProgramLine): void {
    if (line.head !== undefined) this.#upTo = Math.max(line.head, this.#upTo ?? 0);
  }

  /** The latest second up to here: what a newcomer gets, so that the next chunk follows it. */
  latestSecond(line: ProgramLine): ProgramFrame[] {
    if (this.#upTo === undefined) return [];
    return line.range(this.#upTo - BOUNDS.newcomerFrames + 1, this.#upTo);
  }
}
