import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { carryAll, type LinkConditions, LinkModel } from "./link-model.ts";

const packets = Array.from({ length: 20_000 }, (_, index) => ({
  atMs: index * 20,
  datagram: index,
}));

const lossShare = (conditions: LinkConditions) =>
  1 - carryAll(packets, conditions, 5).length / packets.length;

describe("a link", () => {
  it("that does nothing carries all, in order, at once", () => {
    expect(carryAll(packets, {}, 1)).toEqual(packets);
  });

  it("does the same with the same seed, and something else with another", () => {
    const conditions: LinkConditions = {
      delayMs: 50,
      jitterMs: 20,
      loss: { kind: "random", share: 0.1 },
      duplicates: 0.1,
      reordered: 0.1,
    };
    expect(carryAll(packets, conditions, 3)).toEqual(carryAll(packets, conditions, 3));
    expect(carryAll(packets, conditions, 3)).not.toEqual(carryAll(packets, conditions, 4));
  });

  it("loses the share that it should, by itself or in bursts", () => {
    expect(lossShare({ loss: { kind: "random", share: 0.1 } })).toBeCloseTo(0.1, 2);
    expect(lossShare({ loss: { kind: "bursts", share: 0.3, meanPackets: 4 } })).toBeCloseTo(0.3, 1);
  });

  it("loses bursts of the length that it should", () => {
    const loss = { kind: "bursts", share: 0.3, meanPackets: 4 } as const;
    const arrived = new Set(carryAll(packets, { loss }, 9).map(({ datagram }) => datagram));
    const lost = packets.filter(({ datagram }) => !arrived.has(datagram));
    const bursts = lost.filter(({ datagram }) => arrived.has(datagram - 1) || datagram === 0);
    expect(lost.length / bursts.length).toBeGreaterThan(3.6);
    expect(lost.length / bursts.length).toBeLessThan(4.4);
  });

  it("delays within its jitter, and lets packets overtake only where it may", () => {
    const conditions = { delayMs: 100, jitterMs: 60 };
    for (const { atMs, datagram } of carryAll(packets, conditions, 2)) {
      expect(atMs - datagram * 20).toBeGreaterThanOrEqual(40);
      expect(atMs - datagram * 20).toBeLessThanOrEqual(160);
    }
    const inOrder = (overtaking: boolean) =>
      carryAll(packets, { ...conditions, overtaking }, 2).every(
        ({ datagram }, index) => datagram === index,
      );
    expect(inOrder(true)).toBe(false);
    expect(inOrder(false)).toBe(true);
  });

  it("loses the same packets whatever else it does", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, duplicates) => {
        const loss = { kind: "random", share: 0.2 } as const;
        const plain = new LinkModel({ loss }, seed);
        const more = new LinkModel({ loss, duplicates, jitterMs: 30, delayMs: 40 }, seed);
        for (let index = 0; index < 100; index += 1) {
          expect(more.carry(0).length > 0).toBe(plain.carry(0).length > 0);
        }
      }),
      { numRuns: 50 },
    );
  });
});
