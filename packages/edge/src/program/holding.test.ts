import { SILENT_PACKET } from "@rostra/sound";
import { expect, it } from "vitest";
import { EdgeError } from "../errors.ts";
import { HoldingSound } from "./holding.ts";

const packet = (last: number) => Buffer.of(0xf8, 0xff, last).toString("base64");

it("is silence before a loop is known", () => {
  expect(new HoldingSound().held(7)).toEqual({ number: 7, packet: SILENT_PACKET, holding: true });
});

it("takes the packet that belongs to a number, so that all edges fill alike", () => {
  const holding = new HoldingSound();
  holding.use({ packets: [packet(1), packet(2), packet(3)] });
  expect(holding.held(301).packet).toEqual(Uint8Array.of(0xf8, 0xff, 2));
});

it.each([
  ["something else", 5],
  ["no packets", { packets: [] }],
  ["an empty packet", { packets: [""] }],
  ["a packet of 60 ms", { packets: [Buffer.of(0x18, 1, 2).toString("base64")] }],
  ["a packet that is too large", { packets: [Buffer.alloc(1_300, 0xf8).toString("base64")] }],
  ["far too many packets", { packets: new Array(20_000).fill(packet(1)) }],
])("refuses %s and keeps the loop before it", (_, value) => {
  const holding = new HoldingSound();
  holding.use({ packets: [packet(1)] });
  expect(() => holding.use(value)).toThrow(EdgeError);
  expect(holding.held(0).packet).toEqual(Uint8Array.of(0xf8, 0xff, 1));
});
