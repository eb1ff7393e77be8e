import { newUserId } from "@rostra/wire";
import { expect, test } from "vitest";
import { keepBlocks, myBlocks, parseBlocks } from "./my-blocks.ts";

const BO = newUserId();

test("what an earlier visit stored is known at once", () => {
  expect(parseBlocks(JSON.stringify([[BO, "Bo"]]))).toEqual(new Map([[BO, "Bo"]]));
});

test("whatever else is stored counts as nobody", () => {
  for (const text of [null, "", "{}", "[", '[["x","y"],3]', `[["${BO}",1]]`]) {
    expect(parseBlocks(text).size, String(text)).toBe(0);
  }
});

test("a list that can't be stored is known all the same", () => {
  // No localStorage here: as in a private window.
  keepBlocks(new Map([[BO, "Bo"]]));
  expect(myBlocks.value.get(BO)).toBe("Bo");
});
