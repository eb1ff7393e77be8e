import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { lasting } from "./lasting.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("what passes quickly is never told", () => {
  const source = signal(true);
  const told = lasting(source, 1_000);
  vi.advanceTimersByTime(999);
  source.value = false;
  vi.advanceTimersByTime(5_000);
  expect(told.signal.value).toBe(false);
});

test("what lasts is told, until the moment it is over", () => {
  const source = signal(true);
  const told = lasting(source, 1_000);
  vi.advanceTimersByTime(1_000);
  expect(told.signal.value).toBe(true);
  source.value = false;
  expect(told.signal.value).toBe(false);
});

test("nothing runs on after it was stopped", () => {
  const told = lasting(signal(true), 1_000);
  told.stop();
  expect(vi.getTimerCount()).toBe(0);
});
