import fc from "fast-check";
import { expect, it } from "vitest";
import { interleaved, sideOf } from "./sides.ts";

it("two sides come out of stereo as they went in", () => {
  const samples = fc.array(fc.tuple(fc.float({ noNaN: true }), fc.float({ noNaN: true })));
  fc.assert(
    fc.property(samples, (pairs) => {
      const left = Float32Array.from(pairs, ([sample]) => sample);
      const right = Float32Array.from(pairs, ([, sample]) => sample);
      const stereo = interleaved(left, right);
      expect(sideOf(stereo, "left")).toEqual(left);
      expect(sideOf(stereo, "right")).toEqual(right);
    }),
  );
});

it("sides of different lengths are no stereo", () => {
  const join = () => interleaved(new Float32Array(2), new Float32Array(3));
  expect(join).toThrow(expect.objectContaining({ code: "bad-length" }));
});
