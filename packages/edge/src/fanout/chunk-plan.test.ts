import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChunkPlan } from "./chunk-plan.ts";

const CADENCES_MS = [100, 200, 500, 1_000] as const;
const cadence = fc.constantFrom(...CADENCES_MS);
const slot = fc.nat(49);

/** Lengths of a slot's chunks while the head moves frame by frame. */
function lengths(plan: ChunkPlan, at: number, from: number, to: number): number[] {
  const found: number[] = [];
  let last = plan.endBefore(at, from);
  for (let head = from + 1; head <= to; head += 1) {
    const end = plan.endBefore(at, head);
    if (end > last) found.push(end - last);
    last = Math.max(last, end);
  }
  return found;
}

describe("a chunk plan", () => {
  it("gives every slot chunks of one length", () => {
    fc.assert(
      fc.property(cadence, slot, fc.nat(100_000), (cadenceMs, at, from) => {
        const found = lengths(new ChunkPlan(cadenceMs), at, from, from + 300);
        expect(new Set(found)).toEqual(new Set([cadenceMs / 20]));
      }),
    );
  });

  it("spreads the slots evenly over the cadence", () => {
    for (const cadenceMs of CADENCES_MS) {
      const plan = new ChunkPlan(cadenceMs);
      const due = Array.from({ length: 50 }, (_, at) => plan.endBefore(at, 10_000));
      const counts = new Map<number, number>();
      for (const end of due) counts.set(end, (counts.get(end) ?? 0) + 1);
      expect([...counts.values()].every((count) => count === 50 / (cadenceMs / 20))).toBe(true);
    }
  });

  it("makes no chunk around a change longer than the longer of the two", () => {
    fc.assert(
      fc.property(cadence, cadence, slot, fc.nat(500), (before, after, at, ahead) => {
        const plan = new ChunkPlan(before);
        plan.change(after, 10_000 + ahead);
        const found = lengths(plan, at, 9_950, 10_600 + ahead);
        expect(Math.max(...found)).toBeLessThanOrEqual(Math.max(before, after) / 20);
        expect(lengths(plan, at, 10_100 + ahead, 10_400 + ahead)).toContain(after / 20);
      }),
    );
  });

  it("takes a later word for an earlier one whose number hasn't come", () => {
    const plan = new ChunkPlan(100);
    plan.change(1_000, 1_000);
    plan.change(100, 500);
    expect(plan.cadenceMs).toBe(100);
    expect(new Set(lengths(plan, 3, 400, 2_000))).toEqual(new Set([5]));
  });
});
