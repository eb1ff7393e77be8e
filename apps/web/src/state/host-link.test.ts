import { expect, test } from "vitest";
import { handsOver } from "./host-link.ts";

const token = (claims: object) =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2lnbmVk`;

test("a link that hands the space over is told from any other, and from garbage", () => {
  expect(handsOver(token({ role: "cohost", host: "3fZ_-abcdefghijk", name: "Zoë ÿÿÿ" }))).toBe(
    true,
  );
  expect(handsOver(token({ role: "cohost" }))).toBe(false);
  for (const garbage of ["", "a.b", "a.%%%.c", "x".repeat(2_048)]) {
    expect(handsOver(garbage)).toBe(false);
  }
});
