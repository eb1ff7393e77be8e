import { UplinkError } from "@rostra/client";
import { expect, test } from "vitest";
import { lineNotice } from "./line.ts";

const good = { connection: "connected", error: null, rttMs: 40, packetLoss: 0 } as const;
const open = { status: "open", silenced: false } as const;

test("nothing is said of a line that is well", () => {
  expect(lineNotice(good, open)).toBe("");
  expect(lineNotice({ ...good, rttMs: null, packetLoss: null }, open)).toBe("");
});

test("a weak line is told by its loss or its delay", () => {
  expect(lineNotice({ ...good, packetLoss: 0.2 }, open)).toMatch(/weak/);
  expect(lineNotice({ ...good, rttMs: 900 }, open)).toMatch(/weak/);
});

test("a microphone that is gone or held back is told before the line's weakness", () => {
  const weak = { ...good, packetLoss: 0.2 };
  expect(lineNotice(weak, { status: "lost", silenced: false })).toMatch(/gone/);
  expect(lineNotice(weak, { status: "open", silenced: true })).toMatch(/holds/);
});

test("an ending says why, in the server's words where we have none", () => {
  const replaced = new UplinkError("replaced", "x");
  expect(lineNotice({ ...good, connection: "closed", error: replaced }, open)).toMatch(/another/);
  const refused = new UplinkError("refused", "the caller is not on stage");
  expect(lineNotice({ ...good, connection: "failed", error: refused }, open)).toBe(
    "The caller is not on stage.",
  );
});

test("leaving by oneself needs no words", () => {
  expect(lineNotice({ ...good, connection: "closed" }, open)).toBe("");
});
