import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRoute, spacePath, takeInvitation } from "./route.ts";

const ID = "0123456789abcdef";

test("the root is the home page", () => {
  expect(parseRoute("/")).toEqual({ page: "home" });
});

test("a space's path leads to the space, with or without a slash at the end", () => {
  expect(parseRoute(spacePath(ID))).toEqual({ page: "space", id: ID });
  expect(parseRoute(`/s/${ID}/`)).toEqual({ page: "space", id: ID });
});

test("an id typed in capitals is the same id", () => {
  expect(parseRoute(`/s/${ID.toUpperCase()}`)).toEqual({ page: "space", id: ID });
});

test("any other path is not found, and no path throws", () => {
  expect(parseRoute("/s/short")).toEqual({ page: "not-found", what: "space" });
  expect(parseRoute(`/s/${ID}/more`)).toEqual({ page: "not-found", what: "page" });
  fc.assert(
    fc.property(fc.string(), (path) => {
      expect(["home", "space", "not-found"]).toContain(parseRoute(`/${path}`).page);
    }),
  );
});

test("an invitation is taken out of the address and the rest of it stays", () => {
  const taken = takeInvitation(`https://example.org/s/${ID}?a=1&invitation=tok.en&b=2#c`);
  expect(taken).toEqual({ invitation: "tok.en", href: `https://example.org/s/${ID}?a=1&b=2#c` });
});

test("an address without an invitation stays as it is", () => {
  const href = `https://example.org/s/${ID}`;
  expect(takeInvitation(href)).toEqual({ invitation: null, href });
  expect(takeInvitation(`${href}?invitation=`).invitation).toBeNull();
});
