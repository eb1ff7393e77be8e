import { describe, expect, it } from "vitest";
import { Earshot } from "./earshot.ts";

/** Processes that beat four times a second, all at once, but for those that aren't heard. */
function beat(
  count: number,
  periods: number,
  muted: ReadonlySet<number>,
  deaf = new Set<number>(),
) {
  let seed = 1;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const all = Array.from({ length: count }, (_, i) => new Earshot(`p-${i}`, 0, random));
  let nowMs = 0;
  for (let period = 0; period < periods; period += 1) {
    nowMs += 250;
    const beats = all.map((each) => each.names(nowMs));
    all.forEach((listener, to) => {
      beats.forEach((names, from) => {
        if (from !== to && !muted.has(from) && !deaf.has(to)) {
          listener.heard(`p-${from}`, names, nowMs);
        }
      });
    });
  }
  return all.map((each) => each.isUnheard(nowMs));
}

describe("earshot", () => {
  it.each([2, 5, 9, 40, 200])("finds who isn't heard among %i, and nobody else", (count) => {
    expect(beat(count, 12, new Set())).toEqual(Array(count).fill(false));
    const unheard = beat(count, 20, new Set([1]));
    // With two of them, the other hears nobody: it can't know.
    expect(unheard).toEqual(Array.from({ length: count }, (_, i) => i === 1));
  });

  it("says nothing of who hears nobody, nor of those who never name anybody", () => {
    expect(beat(5, 40, new Set(), new Set([2]))).toEqual(Array(5).fill(false));
    const old = new Earshot("a", 0);
    for (let nowMs = 0; nowMs < 10_000; nowMs += 250) old.heard("b", undefined, nowMs);
    expect(old.isUnheard(10_000)).toBe(false);
  });

  it("is heard again with the first beat that names it", () => {
    const names = new Earshot("b", 0);
    const own = new Earshot("a", 0);
    for (let nowMs = 0; nowMs <= 2_000; nowMs += 250) own.heard("b", [], nowMs);
    expect(own.isUnheard(2_000)).toBe(true);
    names.heard("a", [], 2_000);
    own.heard("b", names.names(2_000), 2_000);
    expect(own.isUnheard(2_000)).toBe(false);
  });
});
