import { ByteReader, ByteWriter } from "./bytes.ts";
import { WireError } from "./errors.ts";
import { MAX_PACKET_BYTES, type ProgramFrame } from "./frame.ts";
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
const HEADER_BYTES = 1 + 8 + 2;
const HEAD_BYTES = 2;
const HOLDING_BIT = 0x8000;
const LENGTH_MASK = 0x07ff;

/**
 * @param frames consecutive by number, 1 to LIMITS.chunkFrames of them
 * @throws {WireError} `bad-chunk`, `too-large`
 */
export function encodeChunk(frames: readonly ProgramFrame[]): Uint8Array {
  const first = frames[0];
  if (first === undefined || frames.length > LIMITS.chunkFrames) {
    throw new WireError("bad-chunk", `a chunk holds 1 to ${LIMITS.chunkFrames} frames`);
  }
  let size = HEADER_BYTES;
  for (const frame of frames) size += HEAD_BYTES + frame.packet.length;
  const writer = new ByteWriter(size).u8(CHUNK_KIND).u64(first.number).u16(frames.length);
  let expected = first.number;
  for (const { number, packet, holding } of frames) {
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
export function encodeChunks(frames: readonly ProgramFrame[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let start = 0;
  for (let end = 1; end <= frames.length; end += 1) {
    const whole =
      end === frames.length ||
      end - start === LIMITS.chunkFrames ||
      frames[end]!.number !== frames[end - 1]!.number + 1;
    if (!whole) continue;
    chunks.push(encodeChunk(frames.slice(start, end)));
    start = end;
  }
  return chunks;
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

function readChunk(reader: ByteReader): ProgramFrame[] {
  if (reader.u8() !== CHUNK_KIND) throw new WireError("bad-chunk", "not a chunk");
  const first = reader.u64();
  const count = reader.u16();
  if (count < 1 || count > LIMITS.chunkFrames || !Number.isSafeInteger(first + count)) {
    throw new WireError("bad-chunk", `a chunk holds 1 to ${LIMITS.chunkFrames} frames`);
  }
  const frames: ProgramFrame[] = [];
  for (let index = 0; index < count; index += 1) {
    const head = reader.u16();
    const length = head & LENGTH_MASK;
    if (length > MAX_PACKET_BYTES || (head & ~(HOLDING_BIT | LENGTH_MASK)) !== 0) {
      throw new WireError("bad-chunk", "bad frame head");
    }
    frames.push({
      number: first + index,
      packet: reader.raw(length),
      holding: (head & HOLDING_BIT) !== 0,
    });
  }
  return frames;
}
