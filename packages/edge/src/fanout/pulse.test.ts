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
    watchMs: 300,
    onBeat: (nowMs) => beats.push(nowMs),
  });
  clock.advance(510);
  pulse.close();
  expect(beats).toEqual([1_107, 1_207, 1_307, 1_407, 1_507]);
  expect(clock.pending).toBe(0);
});

it("beats when frames have come together, and its timer only watches", async () => {
  const clock = new VirtualClock(0);
  const beats: number[] = [];
  let wakes = 0;
  const pulse = new Pulse({
    clock: {
      nowMs: () => clock.nowMs(),
      after: (delayMs, callback) =>
        clock.after(delayMs, () => {
          wakes += 1;
          callback();
        }),
    },
    periodMs: 100,
    watchMs: 300,
    onBeat: (nowMs) => beats.push(nowMs),
  });
  for (let batch = 0; batch < 10; batch += 1) {
    await clock.advanceSettling(batch === 0 ? 40 : 100);
    pulse.rests = false;
    // Of several spaces.
    for (let space = 0; space < 3; space += 1) pulse.nudge();
    await Promise.resolve();
  }
  expect(beats).toEqual([40, 140, 240, 340, 440, 540, 640, 740, 840, 940]);
  expect(wakes).toBeLessThanOrEqual(5);
  // Nothing comes any more.
  clock.advance(600);
  expect(beats.slice(10)).toEqual([1_240, 1_340, 1_440, 1_540]);
  pulse.close();
});

it("comes rarely while nobody is there, and as before with the first who is", () => {
  const clock = new VirtualClock(0);
  const beats: number[] = [];
  const onBeat = (nowMs: number) => void beats.push(nowMs);
  const pulse = new Pulse({ clock, periodMs: 100, watchMs: 300, onBeat });
  pulse.rests = true;
  clock.advance(800);
  pulse.rests = false;
  clock.advance(250);
  pulse.close();
  expect(beats).toEqual([100, 400, 700, 900, 1_000]);
});

it("tells how late it came, to each who asks since they asked last", () => {
  const clock = new VirtualClock(0);
  let lateMs = 0;
  const pulse = new Pulse({
    clock: {
      nowMs: () => clock.nowMs(),
      after: (delayMs, callback) => clock.after(delayMs + lateMs, callback),
    },
    periodMs: 100,
    watchMs: 300,
    onBeat: () => {},
  });
  const [one, other] = [pulse.lateness(), pulse.lateness()];
  clock.advance(1_000);
  expect(one()).toBe(0);
  lateMs = 60;
  clock.advance(1_000);
  expect(one()).toBeGreaterThan(50);
  expect(other()).toBeGreaterThan(20);
  lateMs = 0;
  clock.advance(200);
  one();
  clock.advance(1_000);
  expect(one()).toBe(0);
  pulse.close();
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
    watchMs: 300,
    onBeat: (nowMs) => beats.push(nowMs),
  });
  clock.advance(600);
  pulse.close();
  expect(beats).toEqual([350, 400, 500, 600]);
});
