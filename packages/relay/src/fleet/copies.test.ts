import { expect, it } from "vitest";
import { Copies } from "./copies.ts";
import { encodeFrames } from "./message.ts";

function message(number: number, ...packets: number[][]): Uint8Array {
  return encodeFrames(
    packets.map((packet, at) => ({
      number: number + at,
      packet: Uint8Array.from(packet),
      holding: false,
    })),
  );
}

it("knows a message that came over another path a moment ago", () => {
  const copies = new Copies();
  for (let n = 1_000; n < 1_040; n += 1) {
    expect(copies.take(message(n, [0xf8, n % 256]), "3/7 2")).toBe(0);
    expect(copies.take(message(n, [0xf8, n % 256]), "3/7 2")).toBe(1);
    if (n > 1_010) expect(copies.take(message(n - 10, [0xf8, 1]), "3/7 2")).toBe(1);
  }
});

it("takes nothing else for a copy: another number, more frames, another word of control", () => {
  const copies = new Copies();
  expect(copies.take(message(7, [0xf8, 1]), "3")).toBe(0);
  expect(copies.take(message(8, [0xf8, 1]), "3")).toBe(0);
  expect(copies.take(message(7, [0xf8, 1], [0xf8]), "3")).toBe(0);
  expect(copies.take(message(7, [0xf8, 1]), "4")).toBe(0);
  expect(copies.take(message(7, [0xf8, 1], [0xf8]), "3")).toBe(2);
  expect(copies.take(new Uint8Array([2]), undefined)).toBe(0);
  expect(copies.take(new Uint8Array([2]), undefined)).toBe(0);
});

it("forgets in time: the same number long after is looked at again", () => {
  const copies = new Copies();
  for (let n = 0; n < 17; n += 1) copies.take(message(n, [0xf8]), undefined);
  expect(copies.take(message(0, [0xf8]), undefined)).toBe(0);
});
