import { expect, it } from "vitest";
import { takesSecondLink } from "./second-link.ts";

it("a second link is taken only where there is room and nothing is late", () => {
  expect(takesSecondLink(true, 5)).toBe(true);
  expect(takesSecondLink(true, 150)).toBe(false);
  expect(takesSecondLink(false, 5)).toBe(false);
});
