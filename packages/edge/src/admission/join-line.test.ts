import { VirtualClock } from "@rostra/testkit";
import { describe, expect, it } from "vitest";
import { JoinLine } from "./join-line.ts";

describe("the line at the door", () => {
  it("lets a few in at once, and a storm at its pace, first come first served", () => {
    const clock = new VirtualClock();
    const line = new JoinLine(clock, 100);
    const joined: number[] = [];
    for (let at = 0; at < 60; at += 1) line.letIn(() => joined.push(at));
    expect(joined).toHaveLength(10);
    clock.advance(250);
    expect(joined).toHaveLength(35);
    clock.advance(250);
    expect(joined).toEqual(Array.from({ length: 60 }, (_, at) => at));
    expect(line.length).toBe(0);
  });

  it("has nobody in it who was here before, and moves on the later for them, though not for long", () => {
    const clock = new VirtualClock();
    const line = new JoinLine(clock, 100);
    let joined = 0;
    for (let at = 0; at < 1_000; at += 1) line.precede();
    for (let at = 0; at < 20; at += 1) line.letIn(() => (joined += 1));
    clock.advance(480);
    expect(joined).toBe(0);
    clock.advance(250);
    expect(joined).toBe(20);
  });

  it("is full when one more would wait a second", () => {
    const line = new JoinLine(new VirtualClock(), 100);
    for (let at = 0; at < 109; at += 1) line.letIn(() => {});
    expect(line.full).toBe(false);
    line.letIn(() => {});
    expect(line.full).toBe(true);
  });

  it("calls nobody any more when it's closed", () => {
    const clock = new VirtualClock();
    const line = new JoinLine(clock, 10);
    const joined: number[] = [];
    for (let at = 0; at < 5; at += 1) line.letIn(() => joined.push(at));
    line.close();
    clock.advance(5_000);
    expect(joined).toEqual([0]);
  });

  it("never lets more in than its pace, however they come", () => {
    const clock = new VirtualClock();
    const line = new JoinLine(clock, 50);
    let joined = 0;
    for (let step = 0; step < 400; step += 1) {
      if (!line.full) line.letIn(() => (joined += 1));
      clock.advance(5);
      expect(joined).toBeLessThanOrEqual(5 + ((step + 1) * 5 * 50) / 1_000 + 1);
    }
    expect(joined).toBeGreaterThan(95);
  });
});
