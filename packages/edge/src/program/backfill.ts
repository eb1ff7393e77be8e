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
  /** Called when the line has begun, while the older frames are still to come. */
  readonly onBegun: () => void;
  /** True where nobody needs the rest any more. */
  readonly stopped?: () => boolean;
}

/** How much of the past is asked for first, by our own clock: what clocks may differ by, and a second. */
const NEAR_FRAMES = 3 * FRAMES_PER_SECOND;

/**
 * Gives a new line its past: the newest frames first, so that listeners are served at once, then
 * all that the relay remembers, so that those who resume and HLS find what they miss.
 * The line begins in any case, also when the relay doesn't answer: then the error is thrown after.
 */
export async function backfill(options: BackfillOptions): Promise<void> {
  const { line, clock } = options;
  let begun = false;
  try {
    const page = await takeNewest(options);
    if (page === undefined) return;
    line.begin(page.first);
    begun = true;
    options.onBegun();
    await takeOlder(options, Math.max(0, page.last - BOUNDS.ringFrames + 1), page.first - 1);
    line.openBack();
  } finally {
    if (!begun) {
      line.begin(frameNumberAt(options.epochMs, clock.nowMs() - BOUNDS.lateGraceMs));
      options.onBegun();
    }
  }
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

async function takeOlder(options: BackfillOptions, from: number, to: number): Promise<void> {
  let next = from;
  while (next <= to && options.stopped?.() !== true) {
    const page = await takePage(options, next, to);
    if (page === undefined) return;
    next = page.last + 1;
  }
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
  for (const frame of frames) line.accept(frame, "history", clock.nowMs());
  const [first, last] = [frames[0], frames.at(-1)];
  return first && last && { first: first.number, last: last.number };
}
