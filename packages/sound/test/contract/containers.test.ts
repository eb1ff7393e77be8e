import { FRAME_SAMPLES, type ProgramFrame, SAMPLE_RATE_HZ } from "@rostra/wire";
import { beforeAll, describe, expect, it } from "vitest";
import {
  AdtsReader,
  alignAndCorrelate,
  loadOpus,
  OggOpusPager,
  OggPageReader,
  OPUS_PRE_SKIP_SAMPLES,
  opusFragment,
  opusInitSegment,
  PROGRAM_ENCODING,
  parseAdtsHeader,
  parseOpusHead,
} from "../../src/index.ts";
import { framesOf, joinSound } from "../synthetic-voice.ts";
import { decodeWithFfmpeg, encodeWithFfmpeg, ffmpeg, speech } from "./tools.ts";

// An hour and some into a space's life: nothing may depend on starting at zero.
const FIRST_FRAME = 198_765;

let voice: Float32Array;
let frames: ProgramFrame[];

beforeAll(async () => {
  voice = speech("The ferry leaves at nine, and whoever is late may wave from the quay.");
  const encoder = await (await loadOpus()).createEncoder(PROGRAM_ENCODING);
  frames = framesOf(voice).map((pcm, index) => ({
    number: FIRST_FRAME + index,
    packet: encoder.encode(pcm),
    holding: false,
  }));
  encoder.close();
});

function oggFrom(from: number): Uint8Array {
  const pager = new OggOpusPager(0x526f7374);
  const pages = [pager.headerPages({ title: "The quay" })];
  for (let at = from; at < frames.length; at += 5) pages.push(pager.page(frames.slice(at, at + 5)));
  return Buffer.concat(pages);
}

function mp4From(from: number): Uint8Array {
  const parts = [opusInitSegment()];
  for (let at = from; at < frames.length; at += 10) {
    const packets = frames.slice(at, at + 10).map(({ packet }) => packet);
    const segmentStart = at % 100 === 0;
    parts.push(
      opusFragment({ sequence: at / 10 + 1, firstFrame: FIRST_FRAME + at, packets, segmentStart }),
    );
  }
  return Buffer.concat(parts);
}

describe.each([
  ["an Ogg stream", oggFrom],
  ["an fMP4 stream", mp4From],
])("%s, decoded by ffmpeg,", (_, streamFrom) => {
  it("has the right length and the right sound", () => {
    const heard = decodeWithFfmpeg(streamFrom(0));
    const wanted = frames.length * FRAME_SAMPLES - OPUS_PRE_SKIP_SAMPLES;
    expect(Math.abs(heard.length - wanted)).toBeLessThanOrEqual(OPUS_PRE_SKIP_SAMPLES);
    const { correlation, offsetMs } = alignAndCorrelate(voice, heard, SAMPLE_RATE_HZ);
    expect(correlation).toBeGreaterThan(0.99);
    expect(Math.abs(offsetMs)).toBeLessThan(10);
  });

  it("can be joined in the middle", () => {
    const from = 100;
    const heard = decodeWithFfmpeg(streamFrom(from));
    const wanted = (frames.length - from) * FRAME_SAMPLES - OPUS_PRE_SKIP_SAMPLES;
    expect(Math.abs(heard.length - wanted)).toBeLessThanOrEqual(OPUS_PRE_SKIP_SAMPLES);
    const rest = voice.subarray(from * FRAME_SAMPLES);
    expect(alignAndCorrelate(rest, heard, SAMPLE_RATE_HZ).correlation).toBeGreaterThan(0.99);
  });

  it("begins at the time that the frame numbers say, and draws no complaint", () => {
    const { log } = ffmpeg(streamFrom(0), ["-v", "info"], ["-f", "null"]);
    const start = Number(/start: ([\d.]+)/.exec(log)?.[1]);
    expect(Math.abs(start - FIRST_FRAME * 0.02)).toBeLessThan(0.021);
    const complaints = ffmpeg(streamFrom(0), ["-v", "warning"], ["-f", "null"]).log;
    expect(complaints).toBe("");
  });
});

describe("what ffmpeg writes", () => {
  it("is read page by page from Ogg, and decodes to the right sound", async () => {
    const file = encodeWithFfmpeg(voice, ["-c:a", "libopus", "-b:a", "48k", "-f", "ogg"]);
    const reader = new OggPageReader();
    const pages = reader.push(file);
    const [head, , ...packets] = pages.flatMap((page) => page.packets);
    expect(reader.skippedBytes).toBe(0);
    expect(pages[0]?.first).toBe(true);
    expect(pages.at(-1)?.last).toBe(true);
    expect(parseOpusHead(head!)).toMatchObject({ channels: 1, inputRateHz: 48_000 });
    const decoder = await (await loadOpus()).createDecoder();
    const heard = joinSound(packets.map((packet) => decoder.decode(packet)));
    decoder.close();
    expect(alignAndCorrelate(voice, heard, SAMPLE_RATE_HZ).correlation).toBeGreaterThan(0.99);
  });

  it("is cut into whole ADTS frames that hold all of the sound", () => {
    const file = encodeWithFfmpeg(voice, ["-c:a", "aac", "-b:a", "96k", "-f", "adts"]);
    const reader = new AdtsReader();
    const found: Uint8Array[] = [];
    for (let at = 0; at < file.length; at += 97) {
      found.push(...reader.push(file.subarray(at, at + 97)));
    }
    expect(Buffer.concat(found).equals(file)).toBe(true);
    expect(parseAdtsHeader(found[0]!)).toMatchObject({ sampleRateHz: 48_000, channels: 1 });
    const samples = found.reduce((sum, frame) => sum + parseAdtsHeader(frame).samples, 0);
    expect(samples).toBeGreaterThanOrEqual(voice.length);
    expect(samples).toBeLessThan(voice.length + 4 * 1_024);
  });
});
