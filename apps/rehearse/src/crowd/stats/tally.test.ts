import { describe, expect, it } from "vitest";
import { countReason, Tally, totalOf } from "./tally.ts";

describe("a tally", () => {
  it("adds up over processes", () => {
    const one = new Tally();
    one.counts.started = 5;
    one.counts.heard = 4;
    one.firstSoundMs.add(20);
    countReason(one.closed, "4001 too slow");
    const sum = new Tally();
    sum.add(structuredClone(one.toData()));
    sum.add(structuredClone(one.toData()));
    expect(sum.counts).toMatchObject({ started: 10, heard: 8 });
    expect(sum.lost).toBe(2);
    expect(sum.closed).toEqual({ "4001 too slow": 2 });
    expect(sum.firstSoundMs.count).toBe(2);
  });

  it("keeps a bounded number of reasons", () => {
    const reasons: Record<string, number> = {};
    for (let n = 0; n < 1_000; n += 1) countReason(reasons, `reason ${n}`);
    expect(Object.keys(reasons).length).toBeLessThanOrEqual(51);
    expect(totalOf(reasons)).toBe(1_000);
  });
});
