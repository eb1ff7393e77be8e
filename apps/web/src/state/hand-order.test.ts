import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inOrder, movedBy, movedTo, placeAt } from "./hand-order.ts";

const QUEUE = ["a", "b", "c", "d"];

describe("a queue in order", () => {
  test("moves one up or down, and stops at the ends", () => {
    expect(movedBy(QUEUE, "c", -1)).toEqual(["a", "c", "b", "d"]);
    expect(movedBy(QUEUE, "c", 1)).toEqual(["a", "b", "d", "c"]);
    expect(movedBy(QUEUE, "a", -1)).toBe(QUEUE);
    expect(movedBy(QUEUE, "d", 1)).toBe(QUEUE);
  });

  test("moves one to a place", () => {
    expect(movedTo(QUEUE, "d", 0)).toEqual(["d", "a", "b", "c"]);
    expect(movedTo(QUEUE, "a", 99)).toEqual(["b", "c", "d", "a"]);
  });

  test("isn't changed by who isn't in it", () => {
    expect(movedBy(QUEUE, "x", 1)).toBe(QUEUE);
  });

  test("loses and doubles nobody, whatever is moved where", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.nat(), fc.integer(), (order, pick, place) => {
        const id = order[pick % Math.max(1, order.length)] ?? "";
        const moved = movedTo(order, id, place);
        expect([...moved].sort()).toEqual([...order].sort());
      }),
    );
  });

  test("takes what is dragged below every row whose middle it has passed", () => {
    expect([5, 25, 65, 200].map((y) => placeAt([20, 60, 100], y))).toEqual([0, 1, 2, 3]);
  });

  test("keeps the order that was asked for while hands come and go", () => {
    const items = [{ id: "new" }, { id: "a" }, { id: "c" }];
    expect(inOrder(items, ["c", "b", "a"]).map(({ id }) => id)).toEqual(["c", "a", "new"]);
  });
});
