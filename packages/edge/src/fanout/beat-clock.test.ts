import { VirtualClock } from "@rostra/testkit";
import { expect, it } from "vitest";
import { BeatClock } from "./beat-clock.ts";

const PERIOD_MS = 100;

function beating() {
  const clock = new VirtualClock(0);
  const beats = new BeatClock(clock, PERIOD_MS);
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += PERIOD_MS) {
      clock.advance(PERIOD_MS);
      beats.beat(clock.nowMs());
    }
  };
  return { clock, beats, pass };
}

it("ends a long wait with a beat, and needs no timer for it", () => {
  const { clock, beats, pass } = beating();
  const seen: number[] = [];
  const again = () => {
    seen.push(clock.nowMs());
    beats.after(1_000, again);
  };
  beats.after(1_000, again);
  expect(clock.pending).toBe(0);
  pass(3_500);
  expect(seen).toEqual([1_000, 2_000, 3_000]);
});

it("leaves short waits to the clock", () => {
  const { clock, beats } = beating();
  const seen: number[] = [];
  beats.after(30, () => seen.push(clock.nowMs()));
  clock.advance(50);
  expect(seen).toEqual([30]);
});

it("forgets a wait that is called off, also by one that ends at the same beat", () => {
  const { beats, pass } = beating();
  const seen: string[] = [];
  const cancels: (() => void)[] = [];
  beats.after(1_000, () => {
    seen.push("first");
    cancels[0]!();
  });
  cancels.push(beats.after(1_000, () => seen.push("second")));
  pass(2_000);
  expect(seen).toEqual(["first"]);
});
