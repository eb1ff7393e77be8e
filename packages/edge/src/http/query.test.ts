import fc from "fast-check";
import { expect, it } from "vitest";
import { wholeNumber } from "./query.ts";

const read = (query: string) => wholeNumber(new URLSearchParams(query), "n");

it("reads a whole number", () => {
  expect(read("n=0")).toBe(0);
  expect(read("n=9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
  expect(read("m=1")).toBeUndefined();
});

it.each([
  "n=",
  "n=-1",
  "n=1.5",
  "n=1e3",
  "n=0x10",
  "n=01",
  "n=1&n=2",
  "n= 1",
  "n=9007199254740993",
])("doesn't take %s for one", (query) => {
  expect(read(query)).toBe("bad");
});

it("takes nothing that doesn't read back the same", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const value = wholeNumber(new URLSearchParams([["n", text]]), "n");
      if (typeof value === "number") expect(String(value)).toBe(text);
    }),
  );
});
