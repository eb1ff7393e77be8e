import { expect, test } from "vitest";
import { levelShare } from "./level-bar.ts";

test("a bar is empty in silence, full at full scale, and even in decibels between", () => {
  expect([-100, -60, -45, -30, 0, 3].map(levelShare)).toEqual([0, 0, 0.25, 0.5, 1, 1]);
});
