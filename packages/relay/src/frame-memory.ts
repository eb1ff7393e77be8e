import { LIMITS, type ProgramFrame, type SpaceId } from "@rostra/wire";

/**
 * The last ten minutes of each space, first copy of a number wins. What a process missed while it
 * was away it reads from here.
 */
export class FrameMemory {
  readonly #capacityFrames: number;
  readonly #spaces = new Map<SpaceId, { slots: (ProgramFrame | undefined)[]; latest: number }>();

  constructor(capacityFrames: number = LIMITS.ringFrames) {
    this.#capacityFrames = capacityFrames;
  }

  /** @returns those of them that it didn't hold yet */
  add(spaceId: SpaceId, frames: readonly ProgramFrame[]): ProgramFrame[] {
    const fresh: ProgramFrame[] = [];
    let space = this.#spaces.get(spaceId);
    if (space === undefined) {
      space = { slots: [], latest: -1 };
      this.#spaces.set(spaceId, space);
    }
    for (const frame of frames) {
      const slot = frame.number % this.#capacityFrames;
      const held = space.slots[slot];
      if (held !== undefined && held.number >= frame.number) continue;
      space.slots[slot] = frame;
      space.latest = Math.max(space.latest, frame.number);
      fresh.push(frame);
    }
    return fresh;
  }

  latest(spaceId: SpaceId): number | undefined {
    return this.#spaces.get(spaceId)?.latest;
  }

  /** Frames `from` to `to` that are held, ascending, at most LIMITS.chunkFrames. */
  range(spaceId: SpaceId, from: number, to: number): ProgramFrame[] {
    const space = this.#spaces.get(spaceId);
    if (space === undefined) return [];
    const found: ProgramFrame[] = [];
    const first = Math.max(from, space.latest - this.#capacityFrames + 1, 0);
    const last = Math.min(to, space.latest);
    for (let number = first; number <= last && found.length < LIMITS.chunkFrames; number += 1) {
      const frame = space.slots[number % this.#capacityFrames];
      if (frame?.number === number) found.push(frame);
    }
    return found;
  }

  forget(spaceId: SpaceId): void {
    this.#spaces.delete(spaceId);
  }
}
