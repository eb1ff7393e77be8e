import { FrameSlots, HoldingTables, LIMITS, type ProgramFrame, type SpaceId } from "@rostra/wire";

/** The last ten minutes of one space, first copy of a number wins. */
export class SpaceMemory {
  readonly #capacityFrames: number;
  readonly #slots: FrameSlots;
  #latest = -1;

  /** @param tables shared by all spaces of a process */
  constructor(tables = new HoldingTables(), capacityFrames: number = LIMITS.ringFrames) {
    this.#capacityFrames = capacityFrames;
    this.#slots = new FrameSlots(capacityFrames, tables);
  }

  /** Number of the newest frame; -1 for none. */
  get latest(): number {
    return this.#latest;
  }

  /** True for a number that is held, and for one too old to be. */
  has(number: number): boolean {
    const held = this.#slots.numberInSlotOf(number);
    return held !== undefined && held >= number;
  }

  /** @returns false where it has that number */
  add(frame: ProgramFrame): boolean {
    if (this.has(frame.number)) return false;
    this.#slots.set(frame);
    this.#latest = Math.max(this.#latest, frame.number);
    return true;
  }

  /** Frames `from` to `to` that are held, ascending, at most LIMITS.chunkFrames. */
  range(from: number, to: number): ProgramFrame[] {
    const found: ProgramFrame[] = [];
    const first = Math.max(from, this.#latest - this.#capacityFrames + 1, 0);
    const last = Math.min(to, this.#latest);
    for (let number = first; number <= last && found.length < LIMITS.chunkFrames; number += 1) {
      const frame = this.#slots.get(number);
      if (frame !== undefined) found.push(frame);
    }
    return found;
  }
}

/** The last ten minutes of each space, or less where somebody else keeps them: what a process missed while it was away it reads here. */
export class FrameMemory {
  readonly #spaces = new Map<SpaceId, SpaceMemory>();
  readonly #tables = new HoldingTables();

  /** The memory of a space, made where there is none yet: for so many frames. */
  of(spaceId: SpaceId, capacityFrames?: number): SpaceMemory {
    const held = this.#spaces.get(spaceId);
    if (held !== undefined) return held;
    const fresh = new SpaceMemory(this.#tables, capacityFrames);
    this.#spaces.set(spaceId, fresh);
    return fresh;
  }

  latest(spaceId: SpaceId): number | undefined {
    return this.#spaces.get(spaceId)?.latest;
  }

  range(spaceId: SpaceId, from: number, to: number): ProgramFrame[] {
    return this.#spaces.get(spaceId)?.range(from, to) ?? [];
  }

  forget(spaceId: SpaceId): void {
    this.#spaces.delete(spaceId);
  }
}
