import { describe, expect, it } from "vitest";
import { KeptPlaces } from "./kept-places.ts";

/** A house with so many in it at time 0. */
function houseOf(listeners: number): KeptPlaces {
  const places = new KeptPlaces();
  for (let at = 0; at < listeners; at += 1) places.letIn(false);
  expect(places.kept(listeners, 0)).toBe(0);
  return places;
}

describe("places of those who went away", () => {
  it("are kept for a few seconds, and then are anybody's", () => {
    const places = houseOf(100);
    expect(places.kept(40, 1_000)).toBe(60);
    expect(places.kept(40, 9_000)).toBe(60);
    expect(places.kept(40, 9_001)).toBe(0);
  });

  it("are taken by who comes back, not by a newcomer", () => {
    const places = houseOf(10);
    places.kept(8, 0);
    places.letIn(false);
    expect(places.kept(9, 100)).toBe(2);
    places.letIn(true);
    places.letIn(true);
    expect(places.kept(11, 200)).toBe(0);
  });

  it("aren't kept for who said goodbye", () => {
    const places = houseOf(10);
    expect(places.kept(7, 0, 2)).toBe(1);
    expect(places.kept(5, 100, 4)).toBe(1);
    expect(places.kept(4, 200, 4)).toBe(2);
  });

  it("aren't made by those who come and are counted a moment later", () => {
    const places = houseOf(0);
    places.letIn(false);
    places.letIn(false);
    expect(places.kept(2, 10)).toBe(0);
  });

  it("cost little when thousands go at once, one after the other", () => {
    const places = houseOf(5_000);
    for (let left = 1; left <= 5_000; left += 1) places.kept(5_000 - left, left / 10);
    expect(places.kept(0, 500)).toBe(5_000);
    expect(places.kept(0, 8_800)).toBe(0);
  });
});
