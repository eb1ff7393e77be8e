import { type ByteWriter, type Channels, FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import { OPUS_PRE_SKIP_SAMPLES } from "../ogg/opus-headers.ts";
import { ascii, box, fields, fullBox } from "./box.ts";

/** For MediaSource and the like. */
export const CMAF_MIME_TYPE = 'audio/mp4; codecs="opus"';
export const TRACK_ID = 1;
/** Every sample stands for itself: sample_depends_on = 2, and it is a sync sample. */
export const SYNC_SAMPLE_FLAGS = 0x02000000;
const VOLUME_FULL = 0x0100;
/** "und" in three times five bits. */
const LANGUAGE_UNDETERMINED = 0x55c4;
const MATRIX_IDENTITY = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000] as const;

/**
 * The initialization segment of a CMAF track (ISO/IEC 23000-19) with one Opus stream at 48 kHz. It
 * depends on the channels alone: all spaces and all edges serve the same bytes.
 */
export function opusInitSegment(channels: Channels = 1): Uint8Array<ArrayBuffer> {
  const brands = box("ftyp", ascii("cmfc"), fields(4, zeros), ascii("iso6cmfcmp41"));
  const mvex = box("mvex", trackExtends());
  const init = box("moov", movieHeader(), track(channels), mvex);
  const segment = new Uint8Array(brands.length + init.length);
  segment.set(brands);
  segment.set(init, brands.length);
  return segment;
}

function zeros(): void {}

function matrix(writer: ByteWriter): ByteWriter {
  for (const value of MATRIX_IDENTITY) writer.u32(value);
  return writer;
}

/** Duration 0: the fragments say how long it is, and it goes on. (ISO/IEC 14496-12, 8.2.2) */
function movieHeader(): Uint8Array {
  const body = fields(96, (writer) => {
    writer.u32(0).u32(0).u32(SAMPLE_RATE_HZ).u32(0); // created, modified, timescale, duration
    writer.u32(0x10000).u16(VOLUME_FULL).raw(new Uint8Array(10)); // rate 1, volume
    matrix(writer)
      .raw(new Uint8Array(24))
      .u32(TRACK_ID + 1); // next free track id
  });
  return fullBox("mvhd", 0, 0, body);
}

function track(channels: Channels): Uint8Array {
  const header = fields(80, (writer) => {
    writer.u32(0).u32(0).u32(TRACK_ID).u32(0).u32(0).raw(new Uint8Array(8));
    writer.u16(0).u16(0).u16(VOLUME_FULL).u16(0); // layer, alternate group, volume
    matrix(writer).u32(0).u32(0); // width, height
  });
  // Flags 3: the track is enabled and part of the presentation.
  return box("trak", fullBox("tkhd", 0, 3, header), media(channels));
}

// Timescale of movie and media are the sample rate, so that every time is a whole number.
function media(channels: Channels): Uint8Array {
  const header = fields(20, (writer) => {
    writer.u32(0).u32(0).u32(SAMPLE_RATE_HZ).u32(0).u16(LANGUAGE_UNDETERMINED).u16(0);
  });
  const handler = [fields(4, zeros), ascii("soun"), fields(12, zeros), ascii("Rostra\0")];
  // Flags 1: the media is in this same file.
  const dataReference = fullBox("dref", 0, 0, u32(1), fullBox("url ", 0, 1));
  const information = box(
    "minf",
    fullBox("smhd", 0, 0, fields(4, zeros)),
    box("dinf", dataReference),
    sampleTable(channels),
  );
  return box("mdia", fullBox("mdhd", 0, 0, header), fullBox("hdlr", 0, 0, ...handler), information);
}

/** All tables are empty: the samples are described by the fragments. */
function sampleTable(channels: Channels): Uint8Array {
  return box(
    "stbl",
    fullBox("stsd", 0, 0, u32(1), opusSampleEntry(channels)),
    fullBox("stts", 0, 0, u32(0)),
    fullBox("stsc", 0, 0, u32(0)),
    fullBox("stsz", 0, 0, u32(0), u32(0)),
    fullBox("stco", 0, 0, u32(0)),
  );
}

/**
 * "Encapsulation of Opus in ISO Base Media File Format", sections 4.3.1 and 4.3.2. There is no edit
 * list for the pre-skip and no roll group: who joins anywhere plays at the frames' own times, and
 * with prediction disabled every packet is a clean entry.
 */
function opusSampleEntry(channels: Channels): Uint8Array {
  const entry = fields(28, (writer) => {
    writer.raw(new Uint8Array(6)).u16(1); // data reference index
    writer.raw(new Uint8Array(8)).u16(channels).u16(16); // bits of a sample
    writer.u32(0).u32(SAMPLE_RATE_HZ * 0x10000); // 16.16 fixed point
  });
  const specific = fields(11, (writer) => {
    writer.u8(0).u8(channels).u16(OPUS_PRE_SKIP_SAMPLES).u32(SAMPLE_RATE_HZ); // version 0
    writer.u16(0).u8(0); // output gain, mapping family
  });
  return box("Opus", entry, box("dOps", specific));
}

/** What a sample is where a fragment doesn't say otherwise. */
function trackExtends(): Uint8Array {
  const body = fields(20, (writer) => {
    writer.u32(TRACK_ID).u32(1).u32(FRAME_SAMPLES).u32(0).u32(SYNC_SAMPLE_FLAGS);
  });
  return fullBox("trex", 0, 0, body);
}

function u32(value: number): Uint8Array {
  return fields(4, (writer) => writer.u32(value));
}
