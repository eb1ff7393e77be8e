import { VirtualClock } from "@rostra/testkit";
import { expect, it } from "vitest";
import { Pulse } from "./pulse.ts";

it("beats on a grid that late timers don't move", () => {
  const clock = new VirtualClock(1_000);
  const late = { ...clock, nowMs: () => clock.nowMs(), after: clock.after.bind(clock) };
  const beats: number[] = [];
  const pulse = new Pulse({
    clock: { ...late, after: (delayMs, callback) => clock.after(delayMs + 7, callback) },
    periodMs: 100,
    onBeat: (nowMs) => beats.push(nowMs),
  });
  clock.advance(510);
  pulse.close();
  expect(beats).toEqual([1_107, 1_207, 1_307, 1_407, 1_507]);
  expect(clock.pending).toBe(0);
});

it("makes up no beats that a busy process missed", () => {
  const clock = new VirtualClock(0);
  const beats: number[] = [];
  let stall = true;
  const pulse = new Pulse({
    clock: {
      nowMs: () => clock.nowMs(),
      after: (delayMs, callback) => {
        const wait = stall ? 350 : delayMs;
        stall = false;
        return clock.after(wait, callback);
      },
    },
    periodMs: 100,
    onBeat: (nowMs) => beats.push(nowMs),
  });
  clock.advance(600);
  pulse.close();
  expect(beats).toEqual([350, 400, 500, 600]);
});
