import { expect, it } from "vitest";
import { type Resume, Waiters } from "./waiters.ts";

function waiting(limit = 10) {
  const waiters = new Waiters({ limit, timeoutMs: 100 });
  const told: string[] = [];
  const note =
    (name: string): Resume =>
    (outcome) =>
      told.push(`${name} ${outcome}`);
  return { waiters, told, note };
}

it("lets those go whose frame has come", () => {
  const { waiters, told, note } = waiting();
  waiters.add(10, 0, note("a"));
  waiters.add(20, 0, note("b"));
  waiters.add(10, 0, note("c"));
  waiters.reach(19);
  expect(told).toEqual(["a reached", "c reached"]);
  expect(waiters.size).toBe(1);
});

it("sends those away whose time is over", () => {
  const { waiters, told, note } = waiting();
  waiters.add(10, 0, note("a"));
  waiters.add(10, 50, note("b"));
  waiters.expire(99);
  expect(told).toEqual([]);
  waiters.expire(100);
  expect(told).toEqual(["a timeout"]);
  waiters.releaseAll("closed");
  expect(told).toEqual(["a timeout", "b closed"]);
  expect(waiters.size).toBe(0);
});

it("forgets who has gone", () => {
  const { waiters, told, note } = waiting();
  const stop = waiters.add(10, 0, note("a"));
  stop?.();
  stop?.();
  waiters.reach(10);
  expect(told).toEqual([]);
  expect(waiters.size).toBe(0);
});

it("takes no more than its limit", () => {
  const { waiters, note } = waiting(1);
  expect(waiters.add(10, 0, note("a"))).toBeDefined();
  expect(waiters.add(10, 0, note("b"))).toBeUndefined();
  expect(waiters.size).toBe(1);
});
