import { oggCrc } from "./crc.ts";

/** Layout of an Ogg page (RFC 3533, section 6); numbers are little-endian. */
export const OGG = {
  headerBytes: 27,
  granuleAt: 6,
  serialAt: 14,
  sequenceAt: 18,
  checksumAt: 22,
  segmentCountAt: 26,
  maxSegments: 255,
  maxPageBytes: 27 + 255 + 255 * 255,
  flags: { continued: 1, first: 2, last: 4 },
} as const;

/** How many lacing values a packet takes: one for each 255 bytes, and one below 255 to end it. */
export function segmentsOf(packet: Uint8Array): number {
  return Math.floor(packet.length / 255) + 1;
}

/**
 * One page around whole packets. Spanning pages is never needed: the largest Opus packet takes six
 * of the 255 segments.
 * @param packets whole ones, that together take at most 255 segments
 */
export function writeOggPage(page: {
  readonly serial: number;
  readonly sequence: number;
  /** Number of the last sample in the page, counted from the beginning of the stream. */
  readonly granulePosition: number;
  readonly flags: number;
  readonly packets: readonly Uint8Array[];
}): Uint8Array<ArrayBuffer> {
  const segments = page.packets.reduce((sum, packet) => sum + segmentsOf(packet), 0);
  const body = page.packets.reduce((sum, packet) => sum + packet.length, 0);
  const bytes = new Uint8Array(OGG.headerBytes + segments + body);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x4f676753); // "OggS"; version 0 follows
  view.setUint8(5, page.flags);
  view.setUint32(OGG.granuleAt, page.granulePosition >>> 0, true);
  view.setUint32(OGG.granuleAt + 4, Math.floor(page.granulePosition / 2 ** 32), true);
  view.setUint32(OGG.serialAt, page.serial, true);
  view.setUint32(OGG.sequenceAt, page.sequence, true);
  view.setUint8(OGG.segmentCountAt, segments);
  let lacingAt = OGG.headerBytes;
  let bodyAt = OGG.headerBytes + segments;
  for (const packet of page.packets) {
    const full = segmentsOf(packet) - 1;
    bytes.fill(255, lacingAt, lacingAt + full);
    bytes[lacingAt + full] = packet.length % 255;
    lacingAt += full + 1;
    bytes.set(packet, bodyAt);
    bodyAt += packet.length;
  }
  view.setUint32(OGG.checksumAt, oggCrc(bytes), true);
  return bytes;
}
