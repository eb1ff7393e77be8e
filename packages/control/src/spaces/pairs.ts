import { hasProgram, type SpaceSnapshot } from "@rostra/wire";

/** What is known of the stages when a space is looked at. */
export interface StagesNow {
  /** Whether a stage is there. */
  has(name: string): boolean;
  /** Whether a stage has been gone for so long that it won't be back in a moment. */
  isLost(name: string): boolean;
  /** A stage for one more program; undefined: none is there. */
  another(): string | undefined;
  /** A stage to run a space beside that one; undefined: none, or pairs are off. */
  beside(first: string): string | undefined;
}

/**
 * Which stages a space should have. Where the first has gone the second takes its place at once; a
 * stage that may be back in a moment is waited for otherwise. Pure.
 * @returns the same snapshot where nothing is to change
 */
export function repaired(space: SpaceSnapshot, stages: StagesNow): SpaceSnapshot {
  if (!hasProgram(space.state)) return space;
  return withSecond(withFirst(space, stages), stages);
}

function withFirst(space: SpaceSnapshot, stages: StagesNow): SpaceSnapshot {
  const { stageName, secondStageName } = space;
  if (stages.has(stageName)) return space;
  if (secondStageName !== undefined && stages.has(secondStageName)) {
    const { secondStageName: _, ...rest } = space;
    return { ...rest, stageName: secondStageName, term: (space.term ?? 0) + 1 };
  }
  const next = stages.isLost(stageName) ? stages.another() : undefined;
  if (next === undefined || next === stageName) return space;
  return { ...space, stageName: next, term: (space.term ?? 0) + 1 };
}

function withSecond(space: SpaceSnapshot, stages: StagesNow): SpaceSnapshot {
  const { stageName, secondStageName: second } = space;
  // A first that is away can't be followed.
  if (!stages.has(stageName)) return space;
  const isWrong = second === stageName || (second !== undefined && stages.isLost(second));
  if (second !== undefined && !isWrong) return space;
  const next = stages.beside(stageName);
  if (next !== undefined) return { ...space, secondStageName: next };
  if (second === undefined) return space;
  const { secondStageName: _, ...alone } = space;
  return alone;
}
