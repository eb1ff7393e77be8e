import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutInto } from "../../test/synthetic-voice.ts";
import { joinBytes } from "../bytes.ts";
import { parseAdtsHeader } from "./header.ts";
import { AdtsReader } from "./reader.ts";

/** An AAC-LC frame at 48 kHz, mono, around any body. */
function adtsFrame(body: Uint8Array): Uint8Array {
  const length = body.length + 7;
  const header = [0xff, 0xf1, 0x4c, 0x40 | (length >> 11), length >> 3, (length << 5) | 0x1f, 0xfc];
  return joinBytes([Uint8Array.from(header), body]);
}

const aFrame = fc.uint8Array({ maxLength: 600 }).map(adtsFrame);
const framesList = fc.array(aFrame, { minLength: 1, maxLength: 12 });

describe("parseAdtsHeader", () => {
  it("reads AAC-LC at 48 kHz mono", () => {
    expect(parseAdtsHeader(adtsFrame(new Uint8Array(1_000)))).toEqual({
      frameBytes: 1_007,
      headerBytes: 7,
      objectType: 2,
      sampleRateHz: 48_000,
      channels: 1,
      samples: 1_024,
    });
  });

  it("answers any bytes with a header that holds or with bad-header", () => {
    const close = fc.uint8Array({ minLength: 5, maxLength: 9 }).map((tail) => {
      return joinBytes([Uint8Array.of(0xff, 0xf1), tail]);
    });
    fc.assert(
      fc.property(fc.oneof(close, fc.uint8Array({ maxLength: 12 })), (bytes) => {
        try {
          const header = parseAdtsHeader(bytes);
          expect(header.frameBytes).toBeGreaterThanOrEqual(header.headerBytes);
          expect(header.sampleRateHz).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: "bad-header" });
        }
      }),
    );
  });
});

describe("the ADTS reader", () => {
  it("gives every frame as soon as it is whole, however the bytes are cut", () => {
    const cuts = fc.array(fc.nat(10_000), { maxLength: 20 });
    fc.assert(
      fc.property(framesList, cuts, (frames, places) => {
        const reader = new AdtsReader();
        const pieces = cutInto(joinBytes(frames), places);
        expect(pieces.flatMap((piece) => reader.push(piece))).toEqual(frames);
        expect(reader.skippedBytes).toBe(0);
      }),
    );
  });

  it("finds the frames behind garbage that has no sync word", () => {
    const garbage = fc.array(fc.nat(0xfe), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(garbage, framesList, (bytes, frames) => {
        const reader = new AdtsReader();
        const end = adtsFrame(new Uint8Array(3));
        const found = reader.push(joinBytes([Uint8Array.from(bytes), ...frames, end, end]));
        expect(found).toEqual([...frames, end, end]);
        expect(reader.skippedBytes).toBe(bytes.length);
      }),
    );
  });

  it("comes through any garbage: all bytes are in a frame, skipped, or still held", () => {
    const piece = fc.oneof(fc.uint8Array({ maxLength: 300 }), aFrame);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const reader = new AdtsReader();
        const found = pieces.flatMap((bytes) => reader.push(bytes));
        for (const frame of found) expect(parseAdtsHeader(frame).frameBytes).toBe(frame.length);
        const total = joinBytes(pieces).length;
        const held = total - reader.skippedBytes - joinBytes(found).length;
        expect(held).toBeGreaterThanOrEqual(0);
        expect(held).toBeLessThan(8_192 + 7);
      }),
    );
  });

  it("is back in step after garbage in the middle of a stream", () => {
    const reader = new AdtsReader();
    const frame = adtsFrame(new Uint8Array(50).fill(7));
    reader.push(joinBytes([frame, new Uint8Array(33)]));
    const found = reader.push(joinBytes([frame, frame, frame]));
    expect(found).toEqual([frame, frame, frame]);
  });
});
