import { FRAME_MS } from "@rostra/wire";
import { expect, it } from "vitest";
import { LineClock } from "./line-clock.ts";

const EPOCH_MS = 1_700_000_000_000;

/** Frames that come as they are made, from `from` on, by a stage whose clock is ahead of ours. */
function follow(clock: LineClock, aheadMs: number, from: number, frames: number): number {
  let nowMs = 0;
  for (let number = from; number < from + frames; number += 1) {
    nowMs = EPOCH_MS + (number + 1) * FRAME_MS - aheadMs + 5;
    clock.observe(number, nowMs);
  }
  return nowMs;
}

it("is ours where the stage's is about the same", () => {
  const clock = new LineClock(EPOCH_MS);
  const nowMs = follow(clock, -30, 0, 200);
  expect(clock.lineMs(nowMs)).toBe(nowMs);
});

it("is the stage's where that is two seconds behind, or ahead", () => {
  for (const aheadMs of [-2_000, 2_000]) {
    const clock = new LineClock(EPOCH_MS);
    for (const nowMs of [follow(clock, aheadMs, 500, 1), follow(clock, aheadMs, 501, 200)])
      expect(Math.abs(clock.lineMs(nowMs) - nowMs - aheadMs)).toBeLessThan(FRAME_MS);
  }
});

it("isn't changed by frames that were held up on their way and come all at once", () => {
  const clock = new LineClock(EPOCH_MS);
  const nowMs = follow(clock, 0, 0, 100);
  for (let number = 100; number < 140; number += 1) clock.observe(number, nowMs + 800);
  expect(clock.lineMs(nowMs + 800)).toBe(nowMs + 800);
  const laterMs = follow(clock, 0, 140, 100);
  expect(clock.lineMs(laterMs)).toBe(laterMs);
});

it("is another stage's within two seconds of its first frame", () => {
  const clock = new LineClock(EPOCH_MS);
  follow(clock, 2_000, 0, 200);
  const nowMs = follow(clock, 0, 200, 102);
  expect(clock.lineMs(nowMs)).toBe(nowMs);
});

it("goes on as it was while no frames come", () => {
  const clock = new LineClock(EPOCH_MS);
  const nowMs = follow(clock, -2_000, 0, 200);
  expect(clock.lineMs(nowMs + 60_000) - clock.lineMs(nowMs)).toBe(60_000);
});
