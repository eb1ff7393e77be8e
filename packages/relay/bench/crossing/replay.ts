import { FRAME_MS, type FrameSource, type ProgramFrame } from "@rostra/wire";
import { SpaceMemory } from "../../src/frame-memory.ts";
import { LineMerge } from "../../src/merge/line-merge.ts";

/** Frames as they came to a follower, before anything was made of them. */
export interface Arrival {
  readonly atMs: number;
  readonly frames: readonly ProgramFrame[];
  readonly source: FrameSource;
}

export interface Outcome {
  /** Crossings while both stages lived. */
  readonly needless: number;
  /** Longest time between two frames that went out, ms. */
  readonly longestWaitMs: number;
  readonly missing: number;
  readonly twice: number;
}

/** What a hold-back of `crossAfterMs` makes of one recording. @param killedAtMs when the first died */
export function replay(
  arrivals: readonly Arrival[],
  killedAtMs: number,
  crossAfterMs: number,
): Outcome {
  let needless = 0;
  let nowMs = 0;
  const crossed = () => {
    if (nowMs < killedAtMs) needless += 1;
  };
  const observer = { filled: () => {}, fenced: () => {}, crossed };
  const merge = new LineMerge(new SpaceMemory(), observer, crossAfterMs);
  const out: { number: number; atMs: number }[] = [];
  const take = (frames: readonly ProgramFrame[]) => {
    for (const { number } of frames) out.push({ number, atMs: nowMs });
  };
  let lookAtMs = arrivals[0]!.atMs;
  for (const { atMs, frames, source } of arrivals) {
    for (; lookAtMs < atMs; lookAtMs += FRAME_MS) {
      nowMs = lookAtMs;
      if (merge.heldFrames > 0) take(merge.due(nowMs));
    }
    nowMs = atMs;
    take(merge.take(frames, source, nowMs));
  }
  return { needless, ...lineOf(out) };
}

function lineOf(out: readonly { number: number; atMs: number }[]): Omit<Outcome, "needless"> {
  const numbers = out.map(({ number }) => number);
  const distinct = new Set(numbers);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const waits = out.slice(1).map(({ atMs }, at) => atMs - out[at]!.atMs);
  return {
    longestWaitMs: Math.max(...waits),
    missing: most - least + 1 - distinct.size,
    twice: numbers.length - distinct.size,
  };
}
