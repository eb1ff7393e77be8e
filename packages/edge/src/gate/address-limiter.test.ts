import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressLimiter } from "./address-limiter.ts";
import { DEFAULT_GATE_LIMITS } from "./limits.ts";

const LIMITS = {
  joinBurst: 5,
  joinsPerSecond: 2,
  connectBurst: 20,
  connectsPerSecond: 4,
  waiting: 3,
  plain: 6,
};
const NAT = "192.0.2.7";

describe("an address's limits", () => {
  it("let a burst join, and then so many a second", () => {
    const limiter = new AddressLimiter(LIMITS, 10);
    for (let at = 0; at < 5; at += 1) expect(limiter.join(NAT, 0)).toBeUndefined();
    expect(limiter.join(NAT, 0)).toBe(500);
    expect(limiter.join(NAT, 250)).toBe(250);
    expect(limiter.join(NAT, 500)).toBeUndefined();
    expect(limiter.join(NAT, 500)).toBe(500);
  });

  it("let thousands behind one address come back at once", () => {
    const limiter = new AddressLimiter(DEFAULT_GATE_LIMITS, 10);
    for (let at = 0; at < 4_000; at += 1) {
      const nowMs = at / 4;
      expect(limiter.connect(NAT, nowMs)).toBeUndefined();
      limiter.greet(NAT);
      expect(limiter.join(NAT, nowMs)).toBeUndefined();
      limiter.leave(NAT, true);
    }
  });

  it("hold back who opens connections and says nothing, until some of them have spoken", () => {
    const limiter = new AddressLimiter(LIMITS, 10);
    for (let at = 0; at < 3; at += 1) expect(limiter.connect(NAT, 0)).toBeUndefined();
    expect(limiter.connect(NAT, 0)).toBe("waiting");
    limiter.greet(NAT);
    expect(limiter.connect(NAT, 0)).toBeUndefined();
  });

  it("hold back who keeps connections that listen to nothing", () => {
    const limiter = new AddressLimiter(LIMITS, 10);
    for (let at = 0; at < 6; at += 1) {
      expect(limiter.connect(NAT, 0)).toBeUndefined();
      limiter.greet(NAT);
    }
    expect(limiter.connect(NAT, 0)).toBe("plain");
    limiter.leave(NAT, true);
    expect(limiter.connect(NAT, 0)).toBeUndefined();
  });

  it("hold back who connects too fast", () => {
    const limiter = new AddressLimiter(LIMITS, 10);
    const comeAndGo = (nowMs: number) => {
      const refusal = limiter.connect(NAT, nowMs);
      if (refusal === undefined) limiter.leave(NAT, false);
      return refusal;
    };
    for (let at = 0; at < 20; at += 1) expect(comeAndGo(0)).toBeUndefined();
    expect(comeAndGo(0)).toBe("connect-pace");
    expect(comeAndGo(250)).toBeUndefined();
  });

  it("of one address are not another's", () => {
    const limiter = new AddressLimiter(LIMITS, 10);
    for (let at = 0; at < 6; at += 1) limiter.join(NAT, 0);
    expect(limiter.join("192.0.2.8", 0)).toBeUndefined();
  });
});

describe("what is remembered of addresses", () => {
  it("is bounded, however many come, and those with a connection are never forgotten", () => {
    const limiter = new AddressLimiter(LIMITS, 100);
    expect(limiter.connect(NAT, 0)).toBeUndefined();
    for (let at = 0; at < 100_000; at += 1) limiter.join(`host-${at}`, at);
    expect(limiter.size).toBe(101);
    for (let at = 0; at < 2; at += 1) limiter.connect(NAT, 0);
    expect(limiter.connect(NAT, 0)).toBe("waiting");
  });

  it("keeps those seen last", () => {
    const limiter = new AddressLimiter(LIMITS, 2);
    for (let at = 0; at < 5; at += 1) limiter.join("a", 0);
    limiter.join("b", 0);
    limiter.join("a", 0);
    limiter.join("c", 0);
    expect(limiter.join("a", 0)).toBeDefined();
  });
});

describe("whatever callers do", () => {
  it("the counts stay within their limits, and come back to nothing", () => {
    const step = fc.record({
      who: fc.constantFrom("a", "b", "c"),
      what: fc.constantFrom("connect", "greet", "leave", "join"),
      waitMs: fc.integer({ min: 0, max: 400 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const limiter = new AddressLimiter(LIMITS, 2);
        const open: { who: string; greeted: boolean }[] = [];
        let nowMs = 0;
        for (const { who, what, waitMs } of steps) {
          nowMs += waitMs;
          const mine = open.filter((each) => each.who === who);
          if (what === "connect" && limiter.connect(who, nowMs) === undefined) {
            open.push({ who, greeted: false });
          } else if (what === "greet") {
            const next = mine.find((each) => !each.greeted);
            if (next === undefined) continue;
            next.greeted = true;
            limiter.greet(who);
          } else if (what === "leave") {
            const [next] = mine;
            if (next === undefined) continue;
            open.splice(open.indexOf(next), 1);
            limiter.leave(who, next.greeted);
          } else if (what === "join") {
            limiter.join(who, nowMs);
          }
          const now = open.filter((each) => each.who === who);
          expect(now.length).toBeLessThanOrEqual(LIMITS.plain);
          expect(now.filter((each) => !each.greeted).length).toBeLessThanOrEqual(LIMITS.waiting);
        }
        // Who never let go of its last connection is never forgotten, so no second burst is given.
        for (const { who, greeted } of open.splice(0)) limiter.leave(who, greeted);
        expect(limiter.size).toBeLessThanOrEqual(2);
      }),
    );
  });

  it("no more join in any stretch of time than the burst and its pace allow", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 200 }), (waits) => {
        const limiter = new AddressLimiter(LIMITS, 2);
        const joinedAtMs: number[] = [];
        let nowMs = 0;
        for (const waitMs of waits) {
          nowMs += waitMs;
          if (limiter.join(NAT, nowMs) === undefined) joinedAtMs.push(nowMs);
        }
        for (const [first, from] of joinedAtMs.entries()) {
          for (const [last, to] of joinedAtMs.entries()) {
            if (last < first) continue;
            const allowed = LIMITS.joinBurst + ((to - from) * LIMITS.joinsPerSecond) / 1_000;
            expect(last - first + 1).toBeLessThanOrEqual(allowed + 1e-6);
          }
        }
      }),
    );
  });
});
