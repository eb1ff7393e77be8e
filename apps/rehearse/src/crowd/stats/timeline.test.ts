import { describe, expect, it } from "vitest";
import { GROUPS } from "../plan/plan.ts";
import type { Progress, TallyByGroup } from "../process/message.ts";
import { Histogram } from "./histogram.ts";
import { Tally } from "./tally.ts";
import { Timeline } from "./timeline.ts";

function progress(second: number, heard: number, listening: number, silenceMs = 0): Progress {
  const entries = GROUPS.map((group) => {
    const tally = new Tally();
    if (group === "ws") tally.counts.heard = heard;
    return [group, tally.toData()];
  });
  const delayMs = new Histogram();
  if (listening > 0) delayMs.add(100 * listening);
  const groups = Object.fromEntries(entries) as TallyByGroup;
  const now = { second, groups, listening, standingBy: 0 };
  return { ...now, silenceMs, stallMs: silenceMs, delayMs: delayMs.toData() };
}

describe("the timeline", () => {
  it("waits for all processes before a second is told", () => {
    const timeline = new Timeline(2);
    expect(timeline.add(progress(1, 3, 3))).toBeUndefined();
    expect(timeline.add(progress(2, 7, 7))).toBeUndefined();
    expect(timeline.add(progress(1, 4, 4, 80))).toMatchObject({
      second: 1,
      joined: 7,
      listening: 7,
      silenceMs: 80,
    });
    expect(timeline.add(progress(2, 4, 4))).toMatchObject({ second: 2, joined: 4, listening: 11 });
    expect(timeline.seconds).toHaveLength(2);
  });

  it("puts the delays of all processes together, and says nothing of none", () => {
    const timeline = new Timeline(2);
    timeline.add(progress(1, 0, 1));
    expect(timeline.add(progress(1, 0, 5))?.delayMs).toMatchObject({ max: 500 });
    timeline.add(progress(2, 0, 0));
    expect(timeline.add(progress(2, 0, 0))?.delayMs).toBeUndefined();
  });
});
