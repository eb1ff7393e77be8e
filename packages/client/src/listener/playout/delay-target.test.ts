import { describe, expect, it } from "vitest";
import { DelayTarget } from "./delay-target.ts";

const FRAME_MS = 20;
/** The margin that is added for decoding and the sound card. */
const MARGIN_MS = 100;
/** What is kept in hand on top where chunks are of 500 and of 200 ms. */
const [RESERVE_500_MS, RESERVE_200_MS] = [300, 75];

/**
 * Chunks of 100 ms, each `lateMs(i)` later than the last of its frames ends, but never before the
 * one before it.
 */
function arrivals(target: DelayTarget, count: number, lateMs: (index: number) => number): void {
  let atMs = 0;
  for (let index = 0; index < count; index += 1) {
    const first = index * 5;
    atMs = Math.max(atMs, (first + 5) * FRAME_MS + lateMs(index));
    target.observe(first, first + 4, atMs, true);
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
    arrivals(target, 120, (index) => (index === 10 ? 8_000 : 30));
    // Of the eight seconds only what might as well have been jitter is kept in mind.
    expect(target.offsetMs).toBeLessThanOrEqual(100 + 30 + 1_000 + MARGIN_MS);
  });

  it("plans for what is later for good within a second, not once it has forgotten better times", () => {
    const target = new DelayTarget(100);
    arrivals(target, 60, (index) => (index < 50 ? 30 : 2_030));
    expect(target.offsetMs).toBe(100 + 2_030 + MARGIN_MS);
  });

  it("begins a cadence and a margin after a newcomer's first chunk, whatever its length", () => {
    const target = new DelayTarget(100);
    target.observe(1_000, 1_049, 1_050 * FRAME_MS, false);
    expect(target.offsetMs).toBe(100 + MARGIN_MS);
  });

  it("forgets its first guess as soon as a live chunk is there", () => {
    const target = new DelayTarget(100);
    target.observe(1_000, 1_049, 1_050 * FRAME_MS + 90, false);
    target.observe(1_050, 1_054, 1_055 * FRAME_MS, true);
    expect(target.offsetMs).toBe(100 + MARGIN_MS);
  });

  it("follows a longer cadence by itself", () => {
    const target = new DelayTarget(100);
    arrivals(target, 5, () => 0);
    target.observe(25, 49, 50 * FRAME_MS, true);
    expect(target.offsetMs).toBe(500 + MARGIN_MS);
  });

  it("isn't alarmed by a backlog that fills a gap", () => {
    const target = new DelayTarget(100);
    arrivals(target, 10, () => 0);
    const atMs = 100 * FRAME_MS;
    target.observe(50, 74, atMs, false);
    target.observe(75, 99, atMs, true);
    target.observe(100, 104, atMs + 100, true);
    expect(target.offsetMs).toBe(100 + MARGIN_MS);
  });

  it("plans for longer chunks as soon as they are announced, and for shorter ones", () => {
    const target = new DelayTarget(100);
    arrivals(target, 20, () => 30);
    target.setCadence(500, 350);
    expect(target.offsetMs).toBe(500 + 30 + MARGIN_MS + RESERVE_500_MS);
    target.observe(100, 104, 105 * FRAME_MS + 30, true);
    target.observe(350, 374, 375 * FRAME_MS + 30, true);
    expect(target.offsetMs).toBe(500 + 30 + MARGIN_MS + RESERVE_500_MS);
    target.setCadence(200, 375);
    expect(target.offsetMs).toBe(200 + 30 + MARGIN_MS + RESERVE_200_MS);
  });

  it("forgets an announcement that another one replaces before its frame has come", () => {
    const target = new DelayTarget(100);
    arrivals(target, 20, () => 30);
    target.setCadence(500, 350);
    target.setCadence(200, 450);
    expect(target.offsetMs).toBe(200 + 30 + MARGIN_MS + RESERVE_200_MS);
    // Still as it was: the chunks of 500 ms never come.
    for (let first = 350; first < 1_450; first += 5) {
      target.observe(first, first + 4, (first + 5) * FRAME_MS + 30, true);
      if (first === 445) target.setCadence(100, 450);
    }
    expect(target.offsetMs).toBe(100 + 30 + MARGIN_MS);
  });

  it("knows nothing before the first chunk", () => {
    expect(new DelayTarget(100).offsetMs).toBeUndefined();
  });
});
