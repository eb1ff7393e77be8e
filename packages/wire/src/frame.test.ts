import fc from "fast-check";
import { expect, it } from "vitest";
import { FRAME_MS, frameNumberAt, frameTimeMs } from "./frame.ts";
import { isSpaceId, newSpaceId, parseSpaceId } from "./ids.ts";

it("numbers each 20 ms of a space's life once, with no gap", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 41), fc.nat(2 ** 40), (epochMs, sinceMs) => {
      const number = frameNumberAt(epochMs, epochMs + sinceMs);
      const beganMs = frameTimeMs(epochMs, number);
      expect(beganMs).toBeLessThanOrEqual(epochMs + sinceMs);
      expect(beganMs + FRAME_MS).toBeGreaterThan(epochMs + sinceMs);
    }),
  );
});

it("has no frame before the epoch", () => {
  expect(frameNumberAt(1_000, 10)).toBe(0);
});

it("makes ids that it takes back, each another one", () => {
  const ids = new Set(Array.from({ length: 1_000 }, newSpaceId));
  expect(ids.size).toBe(1_000);
  for (const id of ids) expect(parseSpaceId(id)).toBe(id);
});

it("takes nothing else for an id", () => {
  for (const value of ["", "abc", "0123456789abcdeI", "0123456789abcdef0", 7, null, undefined]) {
    expect(isSpaceId(value)).toBe(false);
  }
});
