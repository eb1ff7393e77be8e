import { ByteReader, ByteWriter } from "./bytes.ts";
import { WireError } from "./errors.ts";
import { MAX_PACKET_BYTES, type ProgramFrame, packetOf, type Rendition } from "./frame.ts";
import { LIMITS } from "./limits.ts";

/**
 * A chunk: consecutive frames in one message. Big-endian:
 *
 *     u8   kind            0x01
 *     u64  first           frame number of the first frame
 *     u16  count           1 to LIMITS.chunkFrames
 *     count times:
 *       u16  head          bit 15: holding; bits 0 to 10: length in bytes
 *       length bytes       one Opus packet
 *
 * Length 0 says that the frame was lost on our side: the listener conceals it. A chunk ends where
 * its last frame does, so several may stand one after the other.
 */
export const CHUNK_KIND = 0x01;
/**
 * Frames as stages and edges hand them on: both renditions. Like a chunk, with kind 0x02, and
 * behind each packet `u16 length` and the thin packet; length 0 says that there is none.
 */
const RELAY_CHUNK_KIND = 0x02;
const THIN_LENGTH_BYTES = 2;
const HEADER_BYTES = 1 + 8 + 2;
const HEAD_BYTES = 2;
const HOLDING_BIT = 0x8000;
const LENGTH_MASK = 0x07ff;

/**
 * @param frames consecutive by number, 1 to LIMITS.chunkFrames of them
 * @param rendition which packet of each frame
 * @throws {WireError} `bad-chunk`, `too-large`
 */
export function encodeChunk(
  frames: readonly ProgramFrame[],
  rendition: Rendition = "full",
): Uint8Array {
  const first = frames[0];
  if (first === undefined || frames.length > LIMITS.chunkFrames) {
    throw new WireError("bad-chunk", `a chunk holds 1 to ${LIMITS.chunkFrames} frames`);
  }
  let size = HEADER_BYTES;
  for (const frame of frames) size += HEAD_BYTES + packetOf(frame, rendition).length;
  const writer = new ByteWriter(size).u8(CHUNK_KIND).u64(first.number).u16(frames.length);
  let expected = first.number;
  for (const frame of frames) {
    const { number, holding } = frame;
    const packet = packetOf(frame, rendition);
    if (number !== expected) throw new WireError("bad-chunk", "frames must be consecutive");
    if (packet.length > MAX_PACKET_BYTES) {
      throw new WireError("too-large", `packet over ${MAX_PACKET_BYTES} bytes`);
    }
    writer.u16(packet.length | (holding ? HOLDING_BIT : 0)).raw(packet);
    expected += 1;
  }
  return writer.bytes;
}

/**
 * Any ascending frames as one or more chunks, one after the other: a new one begins at each gap
 * and after every LIMITS.chunkFrames frames. No frames make no bytes.
 */
export function encodeChunks(
  frames: readonly ProgramFrame[],
  rendition: Rendition = "full",
): Uint8Array[] {
  return runsOf(frames).map((run) => encodeChunk(run, rendition));
}

/** Cut at each gap and after every LIMITS.chunkFrames frames. */
function runsOf(frames: readonly ProgramFrame[]): ProgramFrame[][] {
  const runs: ProgramFrame[][] = [];
  let start = 0;
  for (let end = 1; end <= frames.length; end += 1) {
    const whole =
      end === frames.length ||
      end - start === LIMITS.chunkFrames ||
      frames[end]!.number !== frames[end - 1]!.number + 1;
    if (!whole) continue;
    runs.push(frames.slice(start, end));
    start = end;
  }
  return runs;
}

/**
 * Exactly one chunk. The packets are views into `bytes`, not copies.
 * @throws {WireError} `bad-chunk`
 */
export function decodeChunk(bytes: Uint8Array): ProgramFrame[] {
  const reader = new ByteReader(bytes, "bad-chunk");
  const frames = readChunk(reader);
  reader.end();
  return frames;
}

/**
 * Any number of chunks, one after the other. The packets are views into `bytes`, not copies.
 * @throws {WireError} `bad-chunk`
 */
export function decodeChunks(bytes: Uint8Array): ProgramFrame[] {
  const reader = new ByteReader(bytes, "bad-chunk");
  const frames: ProgramFrame[] = [];
  while (reader.remaining > 0) frames.push(...readChunk(reader));
  return frames;
}

function readChunk(reader: ByteReader, kind = CHUNK_KIND): ProgramFrame[] {
  if (reader.u8() !== kind) throw new WireError("bad-chunk", "not a chunk");
  const first = reader.u64();
  const count = reader.u16();
  if (count < 1 || count > LIMITS.chunkFrames || !Number.isSafeInteger(first + count)) {
    throw new WireError("bad-chunk", `a chunk holds 1 to ${LIMITS.chunkFrames} frames`);
  }
  const frames: ProgramFrame[] = [];
  for (let index = 0; index < count; index += 1) {
    const head = reader.u16();
    if ((head & ~(HOLDING_BIT | LENGTH_MASK)) !== 0) {
      throw new WireError("bad-chunk", "bad frame head");
    }
    const packet = readPacket(reader, head & LENGTH_MASK);
    const frame = { number: first + index, packet, holding: (head & HOLDING_BIT) !== 0 };
    const thinBytes = kind === RELAY_CHUNK_KIND ? reader.u16() : 0;
    frames.push(thinBytes === 0 ? frame : { ...frame, thin: readPacket(reader, thinBytes) });
  }
  return frames;
}

function readPacket(reader: ByteReader, lengthBytes: number): Uint8Array {
  if (lengthBytes > MAX_PACKET_BYTES) throw new WireError("bad-chunk", "a packet is too long");
  return reader.raw(lengthBytes);
}

/**
 * Any ascending frames, with their thin packets. What `decodeRelayChunks` takes.
 * @throws {WireError} `too-large`
 */
export function encodeRelayChunks(frames: readonly ProgramFrame[]): Uint8Array[] {
  return runsOf(frames).map(encodeRelayChunk);
}

function encodeRelayChunk(run: readonly ProgramFrame[]): Uint8Array {
  let size = HEADER_BYTES;
  for (const { packet, thin } of run) {
    if (packet.length > MAX_PACKET_BYTES || (thin?.length ?? 0) > MAX_PACKET_BYTES) {
      throw new WireError("too-large", `packet over ${MAX_PACKET_BYTES} bytes`);
    }
    size += HEAD_BYTES + packet.length + THIN_LENGTH_BYTES + (thin?.length ?? 0);
  }
  const writer = new ByteWriter(size).u8(RELAY_CHUNK_KIND).u64(run[0]!.number).u16(run.length);
  for (const { packet, thin, holding } of run) {
    writer.u16(packet.length | (holding ? HOLDING_BIT : 0)).raw(packet);
    writer.u16(thin?.length ?? 0);
    if (thin !== undefined) writer.raw(thin);
  }
  return writer.bytes;
}

/**
 * Any number of relay chunks, one after the other. The packets are views into `bytes`.
 * @throws {WireError} `bad-chunk`
 */
export function decodeRelayChunks(bytes: Uint8Array): ProgramFrame[] {
  const reader = new ByteReader(bytes, "bad-chunk");
  const frames: ProgramFrame[] = [];
  while (reader.remaining > 0) frames.push(...readChunk(reader, RELAY_CHUNK_KIND));
  return frames;
}
