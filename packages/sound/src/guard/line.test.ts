import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Line } from "./line.ts";

describe("a line", () => {
  it("holds the newest samples, whenever it was moved", () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 1_500 }), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, (lengths) => {
        const line = new Line(700);
        let said = 0;
        for (const length of lengths) {
          line.push(Float32Array.from({ length }, () => (said += 1)));
        }
        const held = new Float32Array(700);
        line.copy(0, new Float32Array(700).fill(1), held, 0);
        expect([...held]).toEqual(
          Array.from({ length: 700 }, (_, i) => Math.max(0, said - 699 + i)),
        );
      }),
    );
  });

  it("tells the mean power of a part, weighs what it copies, and forgets", () => {
    const line = new Line(4);
    line.push(Float32Array.of(1, 2, 3, 4));
    expect(line.power(2, 4)).toBe(12.5);
    const into = new Float32Array(3);
    line.copy(1, Float32Array.of(2, 10), into, 1);
    expect([...into]).toEqual([0, 4, 30]);
    line.clear();
    expect(line.power(0, 4)).toBe(0);
  });
});
