import { CADENCE_NOTICE_MS } from "@rostra/wire";
import { expect, it } from "vitest";
import { Patience } from "./patience.ts";

it("has patience where chunks are long, once the last short one has gone out", () => {
  const patience = new Patience();
  expect(patience.sample(200, 0)).toBe(false);
  expect(patience.sample(500, 1_000)).toBe(false);
  expect(patience.sample(500, 1_000 + CADENCE_NOTICE_MS)).toBe(false);
  expect(patience.sample(1_000, 3_000 + CADENCE_NOTICE_MS)).toBe(true);
});

it("loses it with the word that chunks get shorter", () => {
  const patience = new Patience();
  patience.sample(500, 0);
  expect(patience.sample(500, 60_000)).toBe(true);
  expect(patience.sample(200, 60_100)).toBe(false);
  expect(patience.sample(500, 60_200)).toBe(false);
});
