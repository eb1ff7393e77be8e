import { describe, expect, it } from "vitest";
import { firstBytesMs, laterMs } from "./patience.ts";

describe("coming back", () => {
  it("is spread over 100 ms the first time", () => {
    expect([laterMs(1, undefined, 0), laterMs(1, undefined, 1)]).toEqual([0, 100]);
  });

  it("takes longer with each failure, up to ten seconds, and never at one moment for all", () => {
    const longest = [2, 3, 4, 5, 6, 7, 40].map((failures) => laterMs(failures, undefined, 1));
    expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
    expect(laterMs(3, undefined, 0)).toBe(1_000);
  });

  it("gives a connection more time to its first bytes with each failure", () => {
    expect([0, 1, 2, 3, 40].map(firstBytesMs)).toEqual([2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it("is when the server says, with a little jitter", () => {
    expect(laterMs(5, 430, 0.5)).toBe(480);
  });
});
