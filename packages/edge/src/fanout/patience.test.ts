import { CADENCE_NOTICE_MS } from "@rostra/wire";
import { expect, it } from "vitest";
import { Patience } from "./patience.ts";

it("has patience where nobody is there, and none with the first who comes", () => {
  const patience = new Patience();
  expect(patience.sample(100, false, 0)).toBe(true);
  expect(patience.sample(100, true, 100)).toBe(false);
});

it("has it where chunks are long, once the last short one has gone out", () => {
  const patience = new Patience();
  expect(patience.sample(200, true, 0)).toBe(false);
  expect(patience.sample(500, true, 1_000)).toBe(false);
  expect(patience.sample(500, true, 1_000 + CADENCE_NOTICE_MS)).toBe(false);
  expect(patience.sample(1_000, true, 3_000 + CADENCE_NOTICE_MS)).toBe(true);
});

it("loses it with the word that chunks get shorter", () => {
  const patience = new Patience();
  patience.sample(500, true, 0);
  expect(patience.sample(500, true, 60_000)).toBe(true);
  expect(patience.sample(200, true, 60_100)).toBe(false);
  expect(patience.sample(500, true, 60_200)).toBe(false);
});
