import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SampleFifo } from "./sample-fifo.ts";

describe("a sample FIFO", () => {
  it("gives silence where samples are missing, and says how many there were", () => {
    const fifo = new SampleFifo(10);
    fifo.push(Float32Array.of(1, 2));
    const target = new Float32Array(4).fill(9);
    expect(fifo.pull(target)).toBe(2);
    expect([...target]).toEqual([1, 2, 0, 0]);
  });

  it("drops the oldest samples at its bound, and says how many", () => {
    const fifo = new SampleFifo(3);
    fifo.push(Float32Array.of(1, 2));
    expect(fifo.push(Float32Array.of(3, 4, 5))).toBe(2);
    expect(fifo.push(Float32Array.of(6, 7, 8, 9, 10))).toBe(5);
    const target = new Float32Array(3);
    fifo.pull(target);
    expect([...target]).toEqual([8, 9, 10]);
  });

  it("is empty after it was cleared", () => {
    const fifo = new SampleFifo(3);
    fifo.push(Float32Array.of(1, 2));
    fifo.clear();
    expect([fifo.length, fifo.pull(new Float32Array(1))]).toEqual([0, 0]);
  });

  it("refuses to hold nothing", () => {
    const make = () => new SampleFifo(0);
    expect(make).toThrow(expect.objectContaining({ code: "bad-option" }));
  });

  it("behaves like a list that is cut at the front, whatever the sizes", () => {
    const step = fc.record({ push: fc.boolean(), size: fc.nat(30) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step), (capacity, steps) => {
        const fifo = new SampleFifo(capacity);
        let model: number[] = [];
        let next = 1;
        for (const { push, size } of steps) {
          if (push) {
            const pcm = Float32Array.from({ length: size }, () => next++);
            const all = [...model, ...pcm];
            model = all.slice(Math.max(0, all.length - capacity));
            expect(fifo.push(pcm)).toBe(all.length - model.length);
          } else {
            const target = new Float32Array(size);
            const expected = model.splice(0, size);
            expect(fifo.pull(target)).toBe(expected.length);
            expect([...target.subarray(0, expected.length)]).toEqual(expected);
          }
          expect(fifo.length).toBe(model.length);
        }
      }),
    );
  });
});
