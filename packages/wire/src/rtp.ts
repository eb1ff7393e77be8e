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

/** Writes a packet without extension, padding or contributing sources. */
export function writeRtp(packet: RtpPacket): Uint8Array {
  const datagram = new Uint8Array(FIXED_HEADER_BYTES + packet.payload.length);
  const view = new DataView(datagram.buffer);
  view.setUint8(0, RTP_VERSION << 6);
  view.setUint8(1, (packet.marker ? 0x80 : 0) | (packet.payloadType & 0x7f));
  view.setUint16(2, packet.sequence & 0xffff);
  view.setUint32(4, packet.timestamp >>> 0);
  view.setUint32(8, packet.ssrc >>> 0);
  datagram.set(packet.payload, FIXED_HEADER_BYTES);
  return datagram;
}
