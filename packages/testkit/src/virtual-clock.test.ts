import { expect, it } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

it("calls timers in the order in which they fall due, at their own time", () => {
  const clock = new VirtualClock(1_000);
  const calls: [string, number][] = [];
  clock.after(30, () => calls.push(["late", clock.nowMs()]));
  clock.after(10, () => {
    calls.push(["early", clock.nowMs()]);
    clock.after(5, () => calls.push(["nested", clock.nowMs()]));
  });
  const cancel = clock.after(20, () => calls.push(["cancelled", clock.nowMs()]));
  cancel();
  clock.advance(100);
  expect(calls).toEqual([
    ["early", 1_010],
    ["nested", 1_015],
    ["late", 1_030],
  ]);
  expect(clock.nowMs()).toBe(1_100);
  expect(clock.pending).toBe(0);
});
