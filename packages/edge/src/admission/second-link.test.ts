import { expect, it } from "vitest";
import { hasMore, takesSecondLink } from "./second-link.ts";

it("a second link is taken only where there is room and nothing is late", () => {
  expect(takesSecondLink(true, 5)).toBe(true);
  expect(takesSecondLink(true, 150)).toBe(false);
  expect(takesSecondLink(false, 5)).toBe(false);
});

it("a second link is taken only where there is more than the first one brought", () => {
  expect(hasMore(1_000, 990)).toBe(true);
  // A chunk of 100 ms that the first link didn't bring, and nothing after it.
  expect(hasMore(1_000, 996)).toBe(false);
  expect(hasMore(1_000, 1_005)).toBe(false);
  // Nobody has listened here yet: that begins with this one.
  expect(hasMore(undefined, 1_000)).toBe(true);
});
