import { WireError } from "./errors.ts";

/** One RTP packet (RFC 3550, section 5.1). Extensions and padding are already taken off. */
export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  /** 0 to 65,535, wraps. */
  readonly sequence: number;
  /** 0 to 2^32 - 1, wraps; for Opus always at 48 kHz (RFC 7587). */
  readonly timestamp: number;
  readonly ssrc: number;
  /** A view into the datagram, not a copy. */
  readonly payload: Uint8Array;
}

const RTP_VERSION = 2;
const FIXED_HEADER_BYTES = 12;

/** True for RTCP where RTP and RTCP share a port: second byte 192 to 223 (RFC 5761, section 4). */
export function isRtcp(datagram: Uint8Array): boolean {
  return datagram.length >= 2 && datagram[1]! >= 192 && datagram[1]! <= 223;
}

/** @throws {WireError} `bad-rtp` */
export function parseRtp(datagram: Uint8Array): RtpPacket {
  if (datagram.length < FIXED_HEADER_BYTES) throw new WireError("bad-rtp", "shorter than a header");
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const first = view.getUint8(0);
  if (first >> 6 !== RTP_VERSION) throw new WireError("bad-rtp", "not RTP version 2");
  const second = view.getUint8(1);
  let start = FIXED_HEADER_BYTES + (first & 0x0f) * 4;
  let end = datagram.length;
  if ((first & 0x10) !== 0) {
    if (start + 4 > end) throw new WireError("bad-rtp", "header extension is cut off");
    start += 4 + view.getUint16(start + 2) * 4;
  }
  if ((first & 0x20) !== 0) {
    const padding = view.getUint8(end - 1);
    if (padding === 0) throw new WireError("bad-rtp", "padding of length 0");
    end -= padding;
  }
  if (start > end) throw new WireError("bad-rtp", "header and padding exceed the datagram");
  return {
    marker: (second & 0x80) !== 0,
    payloadType: second & 0x7f,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payload: datagram.subarray(start, end),
  };
}

/**
 * Writes a packet without extension, padding or contributing sources.
 * @param room gives as many bytes as it is asked for, whatever is in them
 */
export function writeRtp<Room extends Uint8Array = Uint8Array>(
  packet: RtpPacket,
  room: (bytes: number) => Room = (bytes) => new Uint8Array(bytes) as Uint8Array as Room,
): Room {
  const datagram = room(FIXED_HEADER_BYTES + packet.payload.length);
  datagram[0] = RTP_VERSION << 6;
  datagram[1] = (packet.marker ? 0x80 : 0) | (packet.payloadType & 0x7f);
  writeNumber(datagram, 2, 2, packet.sequence);
  writeNumber(datagram, 4, 4, packet.timestamp);
  writeNumber(datagram, 8, 4, packet.ssrc);
  datagram.set(packet.payload, FIXED_HEADER_BYTES);
  return datagram;
}

/** The lowest bytes of `value`, the highest of them first. */
function writeNumber(datagram: Uint8Array, at: number, bytes: number, value: number): void {
  for (let i = 0, shift = 8 * (bytes - 1); i < bytes; i += 1, shift -= 8) {
    datagram[at + i] = value >>> shift;
  }
}
