import { signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { countdown, countdownWord, isToldAloud, nextTickMs, secondsLeft } from "./countdown.ts";

describe("the seconds left", () => {
  test("are counted as people count: 5 until four are left, then 4, and never below 0", () => {
    expect(secondsLeft(5_000, 0)).toBe(5);
    expect(secondsLeft(5_000, 999)).toBe(5);
    expect(secondsLeft(5_000, 1_000)).toBe(4);
    expect(secondsLeft(5_000, 5_000)).toBe(0);
    expect(secondsLeft(5_000, 9_000)).toBe(0);
  });

  test("change when the next tick says", () => {
    for (const nowMs of [0, 1, 250, 999, 1_000, 3_600]) {
      const tick = nextTickMs(5_000, nowMs);
      expect(secondsLeft(5_000, nowMs + tick)).toBeLessThan(secondsLeft(5_000, nowMs));
    }
  });

  test("are told aloud at the tens and in the last five", () => {
    expect([30, 29, 10, 7, 5, 1, 0].filter(isToldAloud)).toEqual([30, 10, 5, 1, 0]);
  });

  test("read as words, down to the moment that the server takes over", () => {
    expect([countdownWord(10), countdownWord(0)]).toEqual(["On air in 10", "Going on air"]);
  });
});

describe("a countdown", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("ticks once a second, is null when it is called off, and starts anew", () => {
    const endsAt = signal<number | null>(Date.now() + 3_000);
    const { signal: seconds, stop } = countdown(endsAt);
    expect(seconds.value).toBe(3);
    vi.advanceTimersByTime(1_100);
    expect(seconds.value).toBe(2);
    endsAt.value = null;
    expect(seconds.value).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1_500);
    expect(seconds.value).toBeNull();
    endsAt.value = Date.now() + 10_000;
    expect(seconds.value).toBe(10);
    vi.advanceTimersByTime(11_000);
    expect(seconds.value).toBe(0);
    stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
