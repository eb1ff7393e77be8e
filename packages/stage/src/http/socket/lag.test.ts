import { describe, expect, test } from "vitest";
import { Lag } from "./lag.ts";
import { Rate } from "./rate.ts";

describe("how far the other end is behind", () => {
  test("is what a ping waits beyond what the way takes", () => {
    const lag = new Lag();
    lag.pong(lag.ping(0)!, 30);
    expect(lag.behindMs(40)).toBe(0);
    const stuck = lag.ping(100)!;
    lag.ping(200);
    expect(lag.behindMs(120)).toBe(0);
    expect(lag.behindMs(400)).toBe(270);
    lag.pong(stuck, 410);
    expect(lag.behindMs(410)).toBe(180);
  });

  test("isn't known before the first answer, nor changed by answers to nothing", () => {
    const lag = new Lag();
    lag.ping(0);
    lag.pong(7, 5);
    expect(lag.behindMs(1_000)).toBe(0);
    expect(lag.waitingMs(1_000)).toBeGreaterThanOrEqual(0);
  });

  test("is asked for a bounded number of times", () => {
    const lag = new Lag();
    const numbers = Array.from({ length: 100 }, (_, i) => lag.ping(i));
    expect(numbers.filter((number) => number !== undefined)).toHaveLength(64);
  });
});

describe("a rate", () => {
  test("lets a burst through, then so many a second", () => {
    const rate = new Rate(5, 2);
    const taken = (nowMs: number, count: number) =>
      Array.from({ length: count }, () => rate.take(nowMs)).filter(Boolean).length;
    expect(taken(0, 10)).toBe(5);
    expect(taken(999, 10)).toBe(1);
    expect(taken(60_000, 10)).toBe(5);
  });
});
