import type { ProgramFrame } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameRing } from "./frame-ring.ts";

function frame(number: number, packet = Uint8Array.of(number & 0xff)): ProgramFrame {
  return { number, packet, holding: false };
}

describe("a frame ring", () => {
  it("has no first and no last before the first frame", () => {
    const ring = new FrameRing(10);
    expect([ring.size, ring.oldest, ring.latest]).toEqual([0, undefined, undefined]);
    expect(ring.get(0)).toBeUndefined();
    expect(ring.range(0, 100)).toEqual([]);
  });

  it("keeps the first copy of a frame", () => {
    const ring = new FrameRing(10);
    const first = frame(5, Uint8Array.of(1));
    expect(ring.push(first)).toBe("stored");
    expect(ring.push(frame(5, Uint8Array.of(2)))).toBe("duplicate");
    expect(ring.get(5)).toEqual(first);
  });

  it("fills a gap with a frame that comes late, as long as the window reaches it", () => {
    const ring = new FrameRing(4);
    for (const number of [10, 13]) ring.push(frame(number));
    expect(ring.push(frame(11))).toBe("stored");
    expect(ring.push(frame(9))).toBe("too-old");
    expect(ring.range(0, 99).map(({ number }) => number)).toEqual([10, 11, 13]);
  });

  it("takes a frame older than its first one while there is room", () => {
    const ring = new FrameRing(4);
    ring.push(frame(10));
    expect(ring.push(frame(8))).toBe("stored");
    expect(ring.oldest).toBe(8);
  });

  it("forgets everything when the numbers leap over the window", () => {
    const ring = new FrameRing(4);
    for (const number of [1, 2, 3]) ring.push(frame(number));
    ring.push(frame(1_000_000));
    expect([ring.size, ring.oldest, ring.latest]).toEqual([1, 1_000_000, 1_000_000]);
    expect(ring.get(2)).toBeUndefined();
  });

  it("refuses what is no frame number", () => {
    const ring = new FrameRing(4);
    for (const number of [-1, 0.5, Number.NaN, 2 ** 53]) {
      const push = () => ring.push(frame(number));
      expect(push).toThrow(expect.objectContaining({ code: "bad-option" }));
    }
    expect(ring.size).toBe(0);
  });

  it("refuses to hold nothing", () => {
    const make = () => new FrameRing(0);
    expect(make).toThrow(expect.objectContaining({ code: "bad-option" }));
  });

  it("behaves like a sorted map that drops what is older than its window", () => {
    const numbers = fc.array(
      fc.oneof({ weight: 20, arbitrary: fc.nat(60) }, { weight: 1, arbitrary: fc.nat(1_000) }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), numbers, (capacity, pushes) => {
        const ring = new FrameRing(capacity);
        const model = new Map<number, ProgramFrame>();
        let latest = Number.NEGATIVE_INFINITY;
        for (const number of pushes) {
          const pushed = frame(number);
          const expected =
            number <= latest - capacity ? "too-old" : model.has(number) ? "duplicate" : "stored";
          expect(ring.push(pushed)).toBe(expected);
          if (expected === "stored") model.set(number, pushed);
          latest = Math.max(latest, number);
          for (const key of model.keys()) if (key <= latest - capacity) model.delete(key);
          const sorted = [...model.values()].sort((a, b) => a.number - b.number);
          expect(ring.range(0, 2_000)).toEqual(sorted);
          expect([ring.size, ring.oldest, ring.latest]).toEqual([
            model.size,
            sorted[0]?.number,
            latest,
          ]);
        }
      }),
    );
  });
});
