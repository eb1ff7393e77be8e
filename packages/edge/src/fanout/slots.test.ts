import { describe, expect, it } from "vitest";
import type { ProgramLine } from "../program/line.ts";
import { ChunkPlan } from "./chunk-plan.ts";
import type { Crowd } from "./crowd.ts";
import { type Slot, Slots } from "./slots.ts";

/** A slot that counts its listeners and remembers where its chunks ended. */
class CountingSlot implements Slot {
  size = 0;
  readonly ends: number[] = [];

  get crowd(): Crowd {
    return this as unknown as Crowd;
  }

  beat(end: number | undefined): void {
    if (end !== undefined && end !== this.ends.at(-1)) this.ends.push(end);
  }
}

function openSlots(cadenceMs: number) {
  const line = { head: 1_000 };
  const options = { plan: new ChunkPlan(cadenceMs), line: line as ProgramLine };
  const slots = new Slots({ ...options, open: () => new CountingSlot() });
  const join = (count: number) => {
    for (let at = 0; at < count; at += 1) slots.pick().size += 1;
  };
  return { line, slots, join };
}

describe("slots", () => {
  it("keep few listeners together, and fill evenly when they become many", () => {
    const { slots, join } = openSlots(500);
    join(500);
    expect(slots.all).toHaveLength(1);
    join(17_500);
    expect(slots.size).toBe(18_000);
    const sizes = slots.all.map(({ size }) => size);
    expect(sizes.length).toBeGreaterThan(30);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(513);
  });

  it("have as many turns as there are slots with somebody in them, or with somebody behind them", () => {
    const { slots, join } = openSlots(500);
    expect(slots.turns).toBe(0);
    join(1_500);
    expect(slots.turns).toBe(3);
    slots.all[1]!.size = 0;
    expect(slots.turns).toBe(3);
    slots.all[2]!.size = 0;
    expect(slots.turns).toBe(1);
  });

  it("have their turns one after the other, each once in a cadence", () => {
    const { line, slots, join } = openSlots(500);
    join(9_000);
    for (const slot of slots.all) slot.ends.length = 0;
    const busiest: number[] = [];
    for (let head = 1_001; head <= 1_050; head += 1) {
      line.head = head;
      slots.beat(0);
      busiest.push(slots.all.filter(({ ends }) => ends.at(-1) === head).length);
    }
    expect(Math.max(...busiest)).toBe(1);
    for (const { ends } of slots.all) expect(ends.slice(-2)[1]! - ends.slice(-2)[0]!).toBe(25);
  });

  it("take one who goes on from a number where sound went last, unless that slot is much fuller", () => {
    const { line, slots, join } = openSlots(500);
    join(9_000);
    for (let head = 1_000; head < 1_025; head += 1) {
      line.head = head;
      slots.beat(0);
      const newest = Math.max(...slots.all.map(({ ends }) => ends.at(-1)!));
      expect(slots.pickServed().ends.at(-1)).toBe(newest);
    }
    const latest = slots.pickServed();
    latest.size += 600;
    expect(slots.pickServed()).not.toBe(latest);
  });
});
