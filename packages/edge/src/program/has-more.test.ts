import { expect, it } from "vitest";
import { hasMore } from "./has-more.ts";

it("what a first link didn't bring is worth going on with from 8 frames on", () => {
  expect(hasMore(1_000, 990)).toBe(true);
  // A chunk of 100 ms that the first link didn't bring, and nothing after it.
  expect(hasMore(1_000, 996)).toBe(false);
  expect(hasMore(1_000, 1_005)).toBe(false);
  // Nobody has listened here yet: that begins with this one.
  expect(hasMore(undefined, 1_000)).toBe(true);
});
