import { OggOpusPager, OggPageReader } from "@rostra/sound";
import fc from "fast-check";
import { expect, it } from "vitest";
import { oggPrologue } from "./ogg-group.ts";
import { renumberOggPages } from "./ogg-renumber.ts";

function frames(from: number, count: number, packetBytes = 40) {
  return Array.from({ length: count }, (_, at) => ({
    number: from + at,
    packet: new Uint8Array(packetBytes).fill(0xf8),
    holding: false,
  }));
}

it("gives pages new numbers and leaves them intact", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31), fc.integer({ min: 1, max: 60 }), (first, count) => {
      const pager = new OggOpusPager(7, 0);
      const pages = Buffer.concat([
        pager.headerPages({ title: "é" }),
        pager.page(frames(5, count)),
      ]);
      renumberOggPages(pages, first);
      const reader = new OggPageReader();
      const read = reader.push(pages);
      expect(reader.skippedBytes).toBe(0);
      expect(read.map((page) => page.sequence)).toEqual([first, first + 1, first + 2]);
    }),
  );
});

it.each([
  ["nothing", []],
  ["a second", frames(100, 50)],
  ["a second too big for one page", frames(100, 50, 1_276)],
])("leads a newcomer up to the group's next page, with %s between", (_, past) => {
  const reader = new OggPageReader();
  const options = { serial: 9, nextSequence: 5_000, title: "x", frames: past };
  const pages = reader.push(oggPrologue(options));
  expect(reader.skippedBytes).toBe(0);
  expect(pages[0]?.first).toBe(true);
  const numbers = pages.map((page) => page.sequence);
  expect(numbers.at(-1)).toBe(4_999);
  expect(numbers).toEqual(numbers.map((__, at) => numbers[0]! + at));
});
