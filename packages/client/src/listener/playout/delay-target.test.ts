import { describe, expect, it } from "vitest";
import { DelayTarget } from "./delay-target.ts";

const FRAME_MS = 20;
/** The margin that is added for decoding and the sound card. */
const MARGIN_MS = 100;

/** Chunks of 100 ms, each `lateMs(i)` later than the last of its frames ends. */
function arrivals(target: DelayTarget, count: number, lateMs: (index: number) => number): void {
  for (let index = 0; index < count; index += 1) {
    const first = index * 5;
    target.observe(first, first + 4, (first + 5) * FRAME_MS + lateMs(index));
  }
}

describe("DelayTarget", () => {
  it("plays one cadence and a margin after the network's own delay", () => {
    const target = new DelayTarget(100);
    arrivals(target, 20, () => 30);
    expect(target.offsetMs).toBe(100 + 30 + MARGIN_MS);
  });

  it("plans for the worst jitter of the last while", () => {
    const target = new DelayTarget(100);
    arrivals(target, 20, (index) => (index % 7 === 3 ? 180 : 30));
    expect(target.offsetMs).toBe(100 + 180 + MARGIN_MS);
  });

  it("forgets a bad moment after twenty seconds", () => {
    const target = new DelayTarget(100);
    arrivals(target, 250, (index) => (index === 10 ? 400 : 30));
    expect(target.offsetMs).toBe(100 + 30 + MARGIN_MS);
  });

  it("doesn't plan for outages", () => {
    const target = new DelayTarget(100);
    arrivals(target, 20, (index) => (index === 10 ? 8_000 : 30));
    expect(target.offsetMs).toBe(100 + 30 + MARGIN_MS);
  });

  it("takes only the end of a newcomer's burst for live", () => {
    const target = new DelayTarget(100);
    target.observe(1_000, 1_049, 1_050 * FRAME_MS);
    expect(target.offsetMs).toBe(100 + MARGIN_MS);
  });

  it("follows a longer cadence by itself", () => {
    const target = new DelayTarget(100);
    arrivals(target, 5, () => 0);
    target.setCadence(500);
    target.observe(25, 49, 50 * FRAME_MS);
    expect(target.offsetMs).toBe(500 + MARGIN_MS);
  });

  it("knows nothing before the first chunk", () => {
    expect(new DelayTarget(100).offsetMs).toBeUndefined();
  });
});
