import { FRAME_SAMPLES, type ProgramFrame } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutInto } from "../../test/synthetic-voice.ts";
import { joinBytes } from "../bytes.ts";
import { SILENT_PACKET } from "../opus/packet.ts";
import { oggCrc } from "./crc.ts";
import { opusHead, opusTags, parseOpusHead } from "./opus-headers.ts";
import { OGG, writeOggPage } from "./page.ts";
import { type OggPage, OggPageReader } from "./page-reader.ts";
import { OggOpusPager } from "./pager.ts";

function numbered(first: number, packets: readonly Uint8Array[]): ProgramFrame[] {
  return packets.map((packet, index) => ({ number: first + index, packet, holding: false }));
}

function read(bytes: Uint8Array): OggPage[] {
  return new OggPageReader().push(bytes);
}

const aPacket = fc.uint8Array({ minLength: 1, maxLength: 1_276 });
const aFrameNumber = fc.integer({ min: 0, max: 2 ** 40 });

describe("the Ogg checksum", () => {
  it("is a CRC-32 with Ogg's polynomial, not reflected, from zero", () => {
    // Shifting a single 1 out through the register leaves the polynomial itself.
    expect(oggCrc(Uint8Array.of(1))).toBe(0x04c11db7);
    expect(oggCrc(Uint8Array.of(0, 0, 0))).toBe(0);
  });

  it("can be carried on from one part to the next", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(oggCrc(b, oggCrc(a))).toBe(oggCrc(joinBytes([a, b])));
      }),
    );
  });
});

describe("the Opus headers", () => {
  it("say mono, 48 kHz and the codec's delay", () => {
    expect(parseOpusHead(opusHead())).toEqual({
      channels: 1,
      preSkipSamples: 312,
      inputRateHz: 48_000,
      outputGainDb: 0,
    });
  });

  it("say stereo where that is asked for, on the page too", () => {
    expect(parseOpusHead(opusHead(2))).toMatchObject({ channels: 2, preSkipSamples: 312 });
    const [head] = read(new OggOpusPager(7).headerPages({}, 2));
    expect(head?.packets).toEqual([opusHead(2)]);
  });

  it("carry the title in UTF-8, and bound it", () => {
    const text = new TextDecoder().decode(opusTags({ title: "Grüße" }));
    expect(text).toContain("TITLE=Grüße");
    expect(opusTags({ title: "x".repeat(100_000) }).length).toBeLessThan(2_000);
  });

  it("are read without surprises from any bytes", () => {
    const almost = fc.uint8Array({ maxLength: 12 }).map((tail) => {
      return joinBytes([opusHead().subarray(0, 8), tail]);
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), almost), (bytes) => {
        try {
          expect(parseOpusHead(bytes).channels).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: "bad-header" });
        }
      }),
    );
  });
});

describe("the Ogg pager", () => {
  it("numbers the header pages right before the next page, for whoever begins there", () => {
    const pager = new OggOpusPager(7);
    const [head, tags] = read(pager.headerPages({ title: "A" }));
    pager.page(numbered(10, [SILENT_PACKET]));
    const later = read(pager.headerPages({ title: "A" }));
    expect(later.map((page) => page.sequence)).toEqual([1, 2]);
    expect(pager.sequence).toBe(3);
    expect(head).toMatchObject({ serial: 7, sequence: 0, first: true, granulePosition: 0 });
    expect(tags).toMatchObject({ serial: 7, sequence: 1, first: false, granulePosition: 0 });
    expect(head?.packets).toEqual([opusHead()]);
    expect(tags?.packets).toEqual([opusTags({ title: "A" })]);
  });

  it("gives back every packet, with granule positions that follow from the frame numbers", () => {
    fc.assert(
      fc.property(
        aFrameNumber,
        fc.array(aPacket, { minLength: 1, maxLength: 120 }),
        (first, packets) => {
          const pages = read(new OggOpusPager(1).page(numbered(first, packets)));
          expect(pages.flatMap((page) => page.packets)).toEqual(packets);
          let frames = first;
          for (const page of pages) {
            frames += page.packets.length;
            expect(page.granulePosition).toBe(frames * FRAME_SAMPLES);
          }
        },
      ),
    );
  });

  it("numbers its pages one after the other, from where it is told", () => {
    const pager = new OggOpusPager(1, 0xffff_ffff);
    const one = read(pager.page(numbered(0, [SILENT_PACKET])));
    expect(pager.sequence).toBe(0);
    const two = read(pager.page(numbered(1, [SILENT_PACKET])));
    expect([one[0]?.sequence, two[0]?.sequence]).toEqual([0xffff_ffff, 0]);
  });

  it("begins a new page at a gap, so that time stays true", () => {
    const frames = [...numbered(5, [SILENT_PACKET]), ...numbered(9, [SILENT_PACKET])];
    const pages = read(new OggOpusPager(1).page(frames));
    expect(pages.map((page) => page.granulePosition)).toEqual([
      6 * FRAME_SAMPLES,
      10 * FRAME_SAMPLES,
    ]);
  });

  it("puts silence in the place of a lost frame", () => {
    const pages = read(new OggOpusPager(1).page(numbered(5, [new Uint8Array(0)])));
    expect(pages[0]?.packets).toEqual([SILENT_PACKET]);
  });

  it("writes nothing for no frames", () => {
    const pager = new OggOpusPager(1);
    expect(pager.page([]).length).toBe(0);
    expect(pager.sequence).toBe(2);
  });
});

describe("the Ogg reader", () => {
  const stream = (packets: readonly Uint8Array[]) => {
    const pager = new OggOpusPager(3);
    const pages = numbered(0, packets).map((frame) => pager.page([frame]));
    return joinBytes([pager.headerPages(), ...pages]);
  };

  it("gives the same pages however the bytes are cut", () => {
    const cuts = fc.array(fc.nat(100_000), { maxLength: 30 });
    fc.assert(
      fc.property(fc.array(aPacket, { maxLength: 20 }), cuts, (packets, places) => {
        const bytes = stream(packets);
        const reader = new OggPageReader();
        const pages = cutInto(bytes, places).flatMap((piece) => reader.push(piece));
        expect(pages).toEqual(read(bytes));
        expect(pages.length).toBe(2 + packets.length);
        expect(reader.skippedBytes).toBe(0);
      }),
    );
  });

  it("comes through any garbage, and reads what follows", () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 60 }).map((tail) => joinBytes([oggs, tail])),
    );
    const oggs = new TextEncoder().encode("OggS\0");
    fc.assert(
      fc.property(garbage, (noise) => {
        const reader = new OggPageReader();
        reader.push(noise);
        // A false beginning may claim a whole page: it is found out once that much has come.
        const packets = Array.from({ length: 60 }, () => new Uint8Array(1_276).fill(1));
        const heard = reader.push(stream(packets)).flatMap((page) => page.packets);
        expect(heard.slice(2)).toEqual(packets);
        expect(reader.skippedBytes).toBe(noise.length);
      }),
    );
  });

  it("drops a damaged page and keeps its neighbours", () => {
    const position = fc.record({ at: fc.nat(), bit: fc.nat(7) });
    fc.assert(
      fc.property(position, ({ at, bit }) => {
        const packets = [1, 2, 3].map((value) => new Uint8Array(40).fill(value));
        const pager = new OggOpusPager(3);
        const [one, two, three] = numbered(0, packets).map((frame) => pager.page([frame]));
        two![at % two!.length]! ^= 1 << bit;
        const tail = Array.from({ length: 60 }, () => pager.page(numbered(9, [long])));
        const heard = read(joinBytes([one!, two!, three!, ...tail]));
        expect(heard.slice(0, 2).map((page) => page.packets[0])).toEqual([packets[0], packets[2]]);
      }),
    );
  });
  const long = new Uint8Array(1_200).fill(9);

  it("puts a packet together that spans pages", () => {
    const packet = Uint8Array.from({ length: 600 }, (_, index) => index & 0xff);
    const pages = spanning(packet, 255);
    const heard = read(joinBytes(pages));
    expect(heard.map((page) => page.packets)).toEqual([[], [packet]]);
    expect(heard[0]?.granulePosition).toBeUndefined();
  });

  it("leaves out a packet whose beginning was lost", () => {
    const packet = new Uint8Array(600).fill(5);
    const after = writeOggPage({
      serial: 1,
      sequence: 2,
      granulePosition: 1,
      flags: 0,
      packets: [SILENT_PACKET],
    });
    const heard = read(joinBytes([spanning(packet, 255)[1]!, after]));
    expect(heard.map((page) => page.packets)).toEqual([[], [SILENT_PACKET]]);
  });

  /** Splits one packet over two pages by hand: the first carries one full segment of it. */
  function spanning(packet: Uint8Array, at: number): Uint8Array[] {
    const page = (sequence: number, flags: number, lacing: number[], body: Uint8Array) => {
      const bytes = new Uint8Array(OGG.headerBytes + lacing.length + body.length);
      const view = new DataView(bytes.buffer);
      bytes.set(new TextEncoder().encode("OggS"));
      view.setUint8(5, flags);
      view.setBigInt64(OGG.granuleAt, flags === 0 ? -1n : 960n, true);
      view.setUint32(OGG.serialAt, 1, true);
      view.setUint32(OGG.sequenceAt, sequence, true);
      view.setUint8(OGG.segmentCountAt, lacing.length);
      bytes.set(lacing, OGG.headerBytes);
      bytes.set(body, OGG.headerBytes + lacing.length);
      view.setUint32(OGG.checksumAt, oggCrc(bytes), true);
      return bytes;
    };
    const rest = packet.length - at;
    return [
      page(0, 0, [255], packet.subarray(0, at)),
      page(1, OGG.flags.continued, [255, rest - 255], packet.subarray(at)),
    ];
  }
});
