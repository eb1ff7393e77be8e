import { testSpace } from "@rostra/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { streamHead, streamHeaders } from "./stream-head.ts";

const space = testSpace({
  title: "Émile’s\r\nSet-Cookie: x",
  topics: ["radio", "日本"],
  epochMs: 0,
});

it("names the space only to players that ask", () => {
  expect(streamHeaders("ogg", space, false)).not.toHaveProperty("icy-name");
  expect(streamHeaders("aac", space, true)).toMatchObject({
    "icy-name": "Emile s Set-Cookie: x",
    "icy-genre": "radio",
    "icy-br": "64",
  });
});

it("lets no title make a header of its own", () => {
  const lines = streamHead(streamHeaders("ogg", { ...space, title: "" }, true)).split(
    "\r\n",
  ).length;
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 120 }), (title) => {
      const head = streamHead(streamHeaders("ogg", { ...space, title }, true));
      expect(head.split("\r\n")).toHaveLength(lines);
      expect(head).toMatch(/^[\x20-\x7e\r\n]*$/);
    }),
  );
});
