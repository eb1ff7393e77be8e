import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import fc from "fast-check";
import { BufferSource, EncodedPacketSink, Input, MP4 } from "mediabunny";
import { describe, expect, it } from "vitest";
import { joinBytes } from "../bytes.ts";
import { opusHead, parseOpusHead } from "../ogg/opus-headers.ts";
import { SILENT_PACKET } from "../opus/packet.ts";
import { opusFragment } from "./fragment.ts";
import { opusInitSegment } from "./init.ts";

const aPacket = fc
  .uint8Array({ minLength: 1, maxLength: 300 })
  .map((bytes) => joinBytes([SILENT_PACKET.subarray(0, 1), bytes]));

/** What an independent reader finds in a file: every packet with its time in samples. */
async function readBack(file: Uint8Array) {
  using input = new Input({ source: new BufferSource(file), formats: [MP4] });
  const track = await input.getPrimaryAudioTrack();
  const config = await track!.getDecoderConfig();
  const packets: { at: number; samples: number; key: boolean; data: Uint8Array }[] = [];
  for await (const packet of new EncodedPacketSink(track!).packets()) {
    packets.push({
      at: Math.round(packet.timestamp * SAMPLE_RATE_HZ),
      samples: Math.round(packet.duration * SAMPLE_RATE_HZ),
      key: packet.type === "key",
      data: packet.data,
    });
  }
  return { config: config!, packets };
}

/** Fragments of the given sizes, one after the other, and all their packets. */
function fileOf(firstFrame: number, fragments: readonly (readonly Uint8Array[])[]): Uint8Array {
  let frame = firstFrame;
  const parts = fragments.map((packets, index) => {
    const part = opusFragment({
      sequence: index + 1,
      firstFrame: frame,
      packets,
      segmentStart: index % 3 === 0,
    });
    frame += packets.length;
    return part;
  });
  return joinBytes([opusInitSegment(), ...parts]);
}

describe("CMAF, read by mediabunny,", () => {
  it("is one mono Opus track at 48 kHz whose description is its dOps", async () => {
    const { config } = await readBack(fileOf(0, [[SILENT_PACKET]]));
    expect(config).toMatchObject({ codec: "opus", numberOfChannels: 1, sampleRate: 48_000 });
    // What a decoder is configured with is an OpusHead, made from the dOps.
    expect(parseOpusHead(config.description as Uint8Array)).toEqual(parseOpusHead(opusHead()));
  });

  it("is stereo where that is asked for, in the sample entry and in its dOps", async () => {
    const fragment = opusFragment({ sequence: 1, firstFrame: 0, packets: [SILENT_PACKET] });
    const { config } = await readBack(joinBytes([opusInitSegment(2), fragment]));
    expect(config).toMatchObject({ codec: "opus", numberOfChannels: 2, sampleRate: 48_000 });
    expect(parseOpusHead(config.description as Uint8Array)).toEqual(parseOpusHead(opusHead(2)));
  });

  it("gives back every packet at the time that its frame number says", async () => {
    const fragments = fc.array(fc.array(aPacket, { minLength: 1, maxLength: 12 }), {
      minLength: 1,
      maxLength: 8,
    });
    // Ten years of frames; beyond, a reader that counts in float seconds loses single samples.
    const firstFrame = fc.integer({ min: 0, max: 50 * 3_600 * 24 * 3_650 });
    await fc.assert(
      fc.asyncProperty(firstFrame, fragments, async (first, parts) => {
        const { packets } = await readBack(fileOf(first, parts));
        const expected = parts.flat().map((data, index) => ({
          at: (first + index) * FRAME_SAMPLES,
          samples: FRAME_SAMPLES,
          key: true,
          data,
        }));
        expect(packets).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("can be entered at any fragment", async () => {
    const packets = [1, 2, 3].map((value) => Uint8Array.of(0xf8, value));
    const late = opusFragment({ sequence: 900, firstFrame: 123_456, packets });
    const read = await readBack(joinBytes([opusInitSegment(), late]));
    expect(read.packets.map(({ at }) => at / FRAME_SAMPLES)).toEqual([123_456, 123_457, 123_458]);
  });

  it("carries silence in the place of a lost frame", async () => {
    const { packets } = await readBack(fileOf(4, [[new Uint8Array(0), SILENT_PACKET]]));
    expect(packets.map(({ data }) => data)).toEqual([SILENT_PACKET, SILENT_PACKET]);
  });
});

describe("a fragment", () => {
  const options = { sequence: 1, firstFrame: 10, packets: [SILENT_PACKET] };

  it("is the same bytes for the same input, and so is the initialization segment", () => {
    expect(opusFragment(options)).toEqual(opusFragment(structuredClone(options)));
    expect(opusInitSegment()).toEqual(opusInitSegment());
  });

  it("costs 104 bytes, and four for each packet", () => {
    const two = opusFragment({ ...options, packets: [SILENT_PACKET, SILENT_PACKET] });
    expect(opusFragment(options).length).toBe(108 + SILENT_PACKET.length);
    expect(two.length).toBe(112 + 2 * SILENT_PACKET.length);
  });

  it("is made of whole boxes, a styp first where a segment begins", () => {
    const types = (bytes: Uint8Array) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const found: string[] = [];
      let at = 0;
      for (; at < bytes.length; at += view.getUint32(at)) {
        found.push(String.fromCharCode(...bytes.subarray(at + 4, at + 8)));
      }
      expect(at).toBe(bytes.length);
      return found;
    };
    expect(types(opusInitSegment())).toEqual(["ftyp", "moov"]);
    expect(types(opusFragment(options))).toEqual(["moof", "mdat"]);
    expect(types(opusFragment({ ...options, segmentStart: true }))).toEqual([
      "styp",
      "moof",
      "mdat",
    ]);
  });

  it.each([
    ["no packets", { ...options, packets: [] }],
    ["a negative frame number", { ...options, firstFrame: -1 }],
    ["a frame number with a fraction", { ...options, firstFrame: 0.5 }],
    ["a sequence that is no number", { ...options, sequence: Number.NaN }],
  ])("refuses %s", (_, bad) => {
    expect(() => opusFragment(bad)).toThrow(expect.objectContaining({ code: "bad-option" }));
  });
});
