import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeChunk,
  decodeChunks,
  decodeRelayChunks,
  encodeChunk,
  encodeChunks,
  encodeRelayChunks,
} from "./chunk.ts";
import { WireError } from "./errors.ts";
import type { ProgramFrame } from "./frame.ts";
import { LIMITS } from "./limits.ts";

const body = fc.record({
  packet: fc.uint8Array({ maxLength: 300 }),
  holding: fc.boolean(),
});

function numbered(first: number, bodies: readonly Omit<ProgramFrame, "number">[]): ProgramFrame[] {
  return bodies.map((each, index) => ({ number: first + index, ...each }));
}

describe("a chunk", () => {
  it("gives back the frames that went in", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1_000 }),
        fc.array(body, { minLength: 1, maxLength: 60 }),
        (first, bodies) => {
          const frames = numbered(first, bodies);
          expect(decodeChunk(encodeChunk(frames))).toEqual(frames);
        },
      ),
    );
  });

  it("has the bytes that the protocol document shows", () => {
    const frames = [
      { number: 258, packet: new Uint8Array([0xf8, 1, 2]), holding: false },
      { number: 259, packet: new Uint8Array([0xf8]), holding: true },
    ];
    expect(Buffer.from(encodeChunk(frames)).toString("hex")).toBe(
      "01" + "0000000000000102" + "0002" + "0003f80102" + "8001f8",
    );
  });

  it("refuses frames that are not consecutive, too many or none", () => {
    const [a, , c] = numbered(5, Array(3).fill({ packet: new Uint8Array(1), holding: false }));
    expect(() => encodeChunk([a!, c!])).toThrow(WireError);
    expect(() => encodeChunk([])).toThrow(WireError);
    const tooMany = numbered(0, Array(251).fill({ packet: new Uint8Array(1), holding: false }));
    expect(() => encodeChunk(tooMany)).toThrow(WireError);
  });

  it("answers garbage with a wire error or with frames, never with another failure", () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .uint8Array({ maxLength: 200 })
        .map((tail) => new Uint8Array([1, 0, 0, 0, 0, 0, 0, ...tail])),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        try {
          expect(decodeChunks(bytes).length).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});

describe("several chunks", () => {
  it("begin anew at each gap and when one is full, and give back every frame", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 900 }), { maxLength: 700 }),
        (numbers) => {
          const packet = new Uint8Array([7]);
          const frames = numbers
            .sort((a, b) => a - b)
            .map((number) => ({ number, packet, holding: false }));
          const chunks = encodeChunks(frames);
          expect(decodeChunks(Buffer.concat(chunks)).map((each) => each.number)).toEqual(numbers);
          for (const chunk of chunks) {
            expect(decodeChunk(chunk).length).toBeLessThanOrEqual(LIMITS.chunkFrames);
          }
        },
      ),
    );
  });
});

describe("renditions", () => {
  // Plain bytes: a Buffer's views are Buffers, which don't count as equal.
  const joined = (parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
  const thin = fc.option(fc.uint8Array({ minLength: 1, maxLength: 80 }), { nil: undefined });
  const rich = fc
    .array(fc.record({ packet: fc.uint8Array({ maxLength: 200 }), holding: fc.boolean(), thin }), {
      maxLength: 30,
    })
    .map((list) =>
      list.map(({ thin: twin, ...each }, index) => ({
        ...each,
        number: 40 + index * 3,
        ...(twin && { thin: twin }),
      })),
    );

  it("both pass through the relay", () => {
    fc.assert(
      fc.property(rich, (frames) => {
        expect(decodeRelayChunks(joined(encodeRelayChunks(frames)))).toEqual(frames);
      }),
    );
  });

  it("reach a listener one at a time; without a thin packet the full one serves", () => {
    fc.assert(
      fc.property(rich, (frames) => {
        for (const rendition of ["full", "thin"] as const) {
          const got = decodeChunks(joined(encodeChunks(frames, rendition)));
          const want = frames.map(({ number, packet, thin: twin, holding }) => ({
            number,
            packet: rendition === "thin" ? (twin ?? packet) : packet,
            holding,
          }));
          expect(got).toEqual(want);
        }
      }),
    );
  });

  it("are refused where a relay chunk is cut or false", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        try {
          decodeRelayChunks(new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, ...tail]));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});
