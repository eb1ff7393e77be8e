import { ByteWriter, FRAME_SAMPLES, isFrameNumber } from "@rostra/wire";
import { joinBytes } from "../bytes.ts";
import { SoundError } from "../errors.ts";
import { SILENT_PACKET } from "../opus/packet.ts";
import { ascii, box, fields, fullBox } from "./box.ts";
import { SYNC_SAMPLE_FLAGS, TRACK_ID } from "./init.ts";

/** Of the tfhd: offsets count from the moof; default duration and flags are given. */
const TFHD_FLAGS = 0x020000 | 0x08 | 0x20;
/** Of the trun: data offset and the size of each sample are given. */
const TRUN_FLAGS = 0x01 | 0x200;

export interface OpusFragmentOptions {
  /** Sequence number of the fragment, from 1; modulo 2^32. */
  readonly sequence: number;
  /** Frame number of the first packet: the decode time follows from it. */
  readonly firstFrame: number;
  /** Consecutive frames of 20 ms; an empty one (lost) becomes silence. */
  readonly packets: readonly Uint8Array[];
  /** Begins a segment: a styp box comes first. Default false. */
  readonly segmentStart?: boolean;
}

/**
 * One CMAF chunk: moof and mdat. The same input gives the same bytes on every edge.
 * @throws {SoundError} `bad-option`
 */
export function opusFragment(options: OpusFragmentOptions): Uint8Array<ArrayBuffer> {
  const { sequence, firstFrame } = options;
  if (!isFrameNumber(firstFrame) || !Number.isSafeInteger(sequence) || sequence < 0) {
    throw new SoundError("bad-option", "a fragment needs a sequence and a frame number");
  }
  if (options.packets.length === 0) {
    throw new SoundError("bad-option", "a fragment holds at least one packet");
  }
  const packets = options.packets.map((packet) => (packet.length === 0 ? SILENT_PACKET : packet));
  // The offset of the data is the length of the moof, which doesn't depend on its value.
  const moofBytes = movieFragment(sequence, firstFrame, packets, 0).length;
  const moof = movieFragment(sequence, firstFrame, packets, moofBytes + 8);
  const mdat = box("mdat", ...packets);
  return joinBytes(options.segmentStart ? [segmentType(), moof, mdat] : [moof, mdat]);
}

function segmentType(): Uint8Array {
  return box("styp", ascii("cmfs"), new Uint8Array(4), ascii("cmfsmsdh"));
}

function movieFragment(
  sequence: number,
  firstFrame: number,
  packets: readonly Uint8Array[],
  dataOffset: number,
): Uint8Array {
  const trackDefaults = fields(12, (writer) => {
    writer.u32(TRACK_ID).u32(FRAME_SAMPLES).u32(SYNC_SAMPLE_FLAGS);
  });
  const decodeTime = fields(8, (writer) => writer.u64(firstFrame * FRAME_SAMPLES));
  const run = new ByteWriter(8 + 4 * packets.length).u32(packets.length).u32(dataOffset);
  for (const packet of packets) run.u32(packet.length);
  const fragment = box(
    "traf",
    fullBox("tfhd", 0, TFHD_FLAGS, trackDefaults),
    fullBox("tfdt", 1, 0, decodeTime),
    fullBox("trun", 0, TRUN_FLAGS, run.bytes),
  );
  const header = fields(4, (writer) => writer.u32(sequence % 2 ** 32));
  return box("moof", fullBox("mfhd", 0, 0, header), fragment);
}
