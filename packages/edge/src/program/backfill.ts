import { NEWEST, type Relay } from "@rostra/relay";
import { type Clock, FRAMES_PER_SECOND, frameNumberAt, LIMITS, type SpaceId } from "@rostra/wire";
import { BOUNDS } from "../bounds.ts";
import type { ProgramLine } from "./line.ts";

export interface BackfillOptions {
  readonly relay: Pick<Relay, "history" | "latestFrame">;
  readonly clock: Clock;
  readonly spaceId: SpaceId;
  readonly epochMs: number;
  readonly line: ProgramLine;
  /** True where nobody needs the rest any more. */
  readonly stopped?: () => boolean;
}

/** How much of the past is asked for first, by our own clock: what clocks may differ by, and a second. */
const NEAR_FRAMES = 3 * FRAMES_PER_SECOND;

/**
 * Gives a new line its newest frames, so that listeners are served at once.
 * It begins in any case, also when the relay doesn't answer: then the error is thrown after.
 */
export async function beginLine(options: BackfillOptions): Promise<void> {
  const { line, clock, epochMs } = options;
  let first: number | undefined;
  try {
    first = (await takeNewest(options))?.first;
  } finally {
    line.begin(first ?? frameNumberAt(epochMs, clock.nowMs() - BOUNDS.lateGraceMs));
  }
}

/**
 * Gives a line that has begun more of its past, as far as the relay remembers it: for those who resume,
 * and for HLS.
 * @param to number before the line's first
 */
export async function openBack(options: BackfillOptions, from: number, to: number): Promise<void> {
  let next = from;
  while (next <= to) {
    const page = options.stopped?.() === true ? undefined : await takePage(options, next, to);
    next = page === undefined ? to + 1 : page.last + 1;
  }
  options.line.openBack();
}

/**
 * One question where the stage speaks: somebody waits to hear it. Where it has been silent for a while,
 * or its clock is far from ours, its newest number is asked for first.
 */
async function takeNewest(options: BackfillOptions): Promise<Page | undefined> {
  const { relay, spaceId, epochMs, clock } = options;
  const near = frameNumberAt(epochMs, clock.nowMs()) - NEAR_FRAMES;
  const page = await takePage(options, Math.max(0, near), NEWEST);
  if (page !== undefined) return page;
  const latest = await relay.latestFrame(spaceId);
  if (latest === undefined) return undefined;
  const first = Math.max(0, latest - LIMITS.chunkFrames + 1);
  return (await takePage(options, first, latest)) ?? { first: latest, last: latest };
}

/** Numbers of the first and the last frame that came. */
interface Page {
  readonly first: number;
  readonly last: number;
}

/** @returns undefined where none came */
async function takePage(
  { relay, spaceId, line, clock }: BackfillOptions,
  from: number,
  to: number,
): Promise<Page | undefined> {
  const frames = await relay.history(spaceId, from, to);
  for (const frame of frames) line.accept(frame, "past", clock.nowMs());
  const [first, last] = [frames[0], frames.at(-1)];
  return first && last && { first: first.number, last: last.number };
}
