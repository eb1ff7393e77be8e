import type { Relay } from "@rostra/relay";
import { type Clock, frameNumberAt, LIMITS, type SpaceId } from "@rostra/wire";
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
}

/**
 * Gives a new line its past: the newest frames first, so that listeners are served at once, then
 * all that the relay remembers, so that those who resume and HLS find what they miss.
 * The line begins in any case, also when the relay doesn't answer: then the error is thrown after.
 */
export async function backfill(options: BackfillOptions): Promise<void> {
  const { relay, spaceId, line, clock } = options;
  let begun = false;
  try {
    const latest = await relay.latestFrame(spaceId);
    if (latest === undefined) return;
    const newest = Math.max(0, latest - LIMITS.chunkFrames + 1);
    const page = await takePage(options, newest, latest);
    line.begin(page?.first ?? latest);
    begun = true;
    options.onBegun();
    await takeOlder(options, Math.max(0, latest - BOUNDS.ringFrames + 1), newest - 1);
    line.openBack();
  } finally {
    if (!begun) {
      line.begin(frameNumberAt(options.epochMs, clock.nowMs() - BOUNDS.lateGraceMs));
      options.onBegun();
    }
  }
}

async function takeOlder(options: BackfillOptions, from: number, to: number): Promise<void> {
  let next = from;
  while (next <= to) {
    const page = await takePage(options, next, to);
    if (page === undefined) return;
    next = page.last + 1;
  }
}

/** @returns the numbers of the first and last frame that came; undefined for none */
async function takePage(
  { relay, spaceId, line, clock }: BackfillOptions,
  from: number,
  to: number,
): Promise<{ first: number; last: number } | undefined> {
  const frames = await relay.history(spaceId, from, to);
  for (const frame of frames) line.accept(frame, "history", clock.nowMs());
  const [first, last] = [frames[0], frames.at(-1)];
  return first && last && { first: first.number, last: last.number };
}
