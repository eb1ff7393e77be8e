/** Who sounds when: one after the other, so that each can be told apart in the program. */
export interface Turn {
  /** Index of the speaker. */
  readonly who: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A turn in the middle of which the speaker's network is gone. */
export interface CutTurn extends Turn {
  readonly cutMs: number;
  readonly restoreMs: number;
  /** It is another network that comes back. */
  readonly elsewhere: boolean;
}

export interface Timetable {
  readonly turns: readonly Turn[];
  readonly cuts: readonly CutTurn[];
}

export const TURN_MS = 2_000;
/** Heard before the cut, and time to be back after it. */
const BEFORE_CUT_MS = 2_000;
export const AFTER_CUT_MS = 8_000;
/** From a moment in a lift to a walk through a tunnel. */
const SHORTEST_CUT_MS = 2_000;
const LONGEST_CUT_MS = 10_000;
const CUT_TURN_MS = BEFORE_CUT_MS + LONGEST_CUT_MS + AFTER_CUT_MS;

/** Too many people for so little time. */
class TimetableError extends Error {}

/**
 * As many turns round the stage as fit, and one cut for each speaker, each longer than the last.
 * @throws {TimetableError}
 */
export function timetable(people: number, totalMs: number): Timetable {
  const shareMs = Math.floor(totalMs / people);
  const turnsEach = Math.floor((shareMs - CUT_TURN_MS) / TURN_MS);
  if (turnsEach < 1) {
    const needed = ((CUT_TURN_MS + TURN_MS) * people) / 60_000;
    throw new TimetableError(`${people} speakers need at least ${needed.toFixed(1)} minutes`);
  }
  const turns: Turn[] = [];
  const cuts: CutTurn[] = [];
  for (let victim = 0; victim < people; victim += 1) {
    const startMs = victim * shareMs;
    for (let turn = 0; turn < turnsEach; turn += 1) {
      const fromMs = startMs + turn * TURN_MS;
      turns.push({ who: turns.length % people, fromMs, toMs: fromMs + TURN_MS });
    }
    const fromMs = startMs + turnsEach * TURN_MS;
    const cutMs = fromMs + BEFORE_CUT_MS;
    const share = people === 1 ? 1 : victim / (people - 1);
    const lengthMs = SHORTEST_CUT_MS + share * (LONGEST_CUT_MS - SHORTEST_CUT_MS);
    cuts.push({
      who: victim,
      fromMs,
      toMs: startMs + shareMs,
      cutMs,
      restoreMs: cutMs + lengthMs,
      elsewhere: victim % 2 === 1,
    });
  }
  return { turns, cuts };
}
