import { expect, it } from "vitest";
import { easingFrom } from "./easing.ts";

it("nobody is eased into chunks as short as theirs, or shorter, or who had none", () => {
  expect(easingFrom(undefined, 1_000, 0)).toBeUndefined();
  expect(easingFrom(500, 500, 0)).toBeUndefined();
  expect(easingFrom(1_000, 500, 0)).toBeUndefined();
});

it("lasts as long as a player takes to gain what longer chunks need, at a tenth", () => {
  // 300 ms more in a chunk, 225 ms more in hand; 2 s to settle.
  expect(easingFrom(200, 500, 7_000)).toEqual({ frames: 10, untilMs: 14_250 });
});

it("is in chunks as long as before, but no more than five for one", () => {
  expect(easingFrom(200, 500, 0)?.frames).toBe(10);
  expect(easingFrom(100, 1_000, 0)?.frames).toBe(10);
  expect(easingFrom(1, 60, 0)?.frames).toBe(1);
});
