import fc from "fast-check";
import { expect, test } from "vitest";
import { Unwrapper } from "./unwrap.ts";

test("a counter goes on where it wraps", () => {
  const unwrapper = new Unwrapper(16);
  const first = unwrapper.unwrap(65_534);
  expect([65_535, 0, 1].map((value) => unwrapper.unwrap(value) - first)).toEqual([1, 2, 3]);
});

test("a packet from before a wrap is placed before it", () => {
  const unwrapper = new Unwrapper(16);
  const first = unwrapper.unwrap(1);
  expect(unwrapper.unwrap(65_535) - first).toBe(-2);
});

test("any walk in steps of less than half the range is followed exactly", () => {
  const steps = fc.array(fc.integer({ min: -32_000, max: 32_000 }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 65_535 }), steps, (start, walk) => {
      const unwrapper = new Unwrapper(16);
      const first = unwrapper.unwrap(start);
      let position = 0;
      for (const step of walk) {
        position += step;
        const value = (((start + position) % 65_536) + 65_536) % 65_536;
        expect(unwrapper.unwrap(value) - first).toBe(position);
      }
    }),
  );
});
