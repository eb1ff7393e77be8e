import { CADENCE_NOTICE_MS } from "@rostra/wire";
import { expect, it } from "vitest";
import { Patience, type Served } from "./patience.ts";

/** How long frames may wait, where that is served at that time. */
function waiting() {
  const patience = new Patience(3);
  return (served: Partial<Served>, nowMs: number) =>
    patience.sample({ cadenceMs: 1_000, turns: 30, hlsPlayers: 0, ...served }, nowMs);
}

it("has patience where chunks are long, once the last short one has gone out", () => {
  const sample = waiting();
  expect(sample({ cadenceMs: 200 }, 0).withinMs).toBe(0);
  expect(sample({ cadenceMs: 500 }, 1_000).withinMs).toBe(0);
  expect(sample({ cadenceMs: 500 }, 1_000 + CADENCE_NOTICE_MS).withinMs).toBe(0);
  expect(sample({ cadenceMs: 1_000 }, 3_000 + CADENCE_NOTICE_MS)).toEqual({
    withinMs: 100,
    phase: 3,
  });
});

it("loses it with the word that chunks get shorter", () => {
  const sample = waiting();
  sample({ cadenceMs: 500 }, 0);
  expect(sample({ cadenceMs: 500 }, 60_000).withinMs).toBe(100);
  expect(sample({ cadenceMs: 200 }, 60_100).withinMs).toBe(0);
  expect(sample({ cadenceMs: 500 }, 60_200).withinMs).toBe(0);
});

it("has more of it for a single space with two turns, behind round numbers, unless HLS is played", () => {
  const sample = waiting();
  sample({}, 0);
  expect(sample({ turns: 2 }, 60_000)).toEqual({ withinMs: 200, phase: 0 });
  expect(sample({ turns: 3 }, 60_100).withinMs).toBe(100);
  expect(sample({ turns: 2, cadenceMs: 500 }, 60_150).withinMs).toBe(100);
  expect(sample({ turns: 2, hlsPlayers: 1 }, 60_200).withinMs).toBe(100);
  expect(sample({ turns: Number.POSITIVE_INFINITY }, 60_300).withinMs).toBe(100);
});

it("says the same for as long as nothing changes", () => {
  const sample = waiting();
  sample({}, 0);
  expect(sample({}, 60_000)).toBe(sample({}, 60_100));
});
