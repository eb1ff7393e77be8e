/** Where things stand in an Ogg page (RFC 3533, section 6). */
const SEQUENCE_AT = 18;
const CHECKSUM_AT = 22;
const SEGMENT_COUNT_AT = 26;
const HEADER_BYTES = 27;

/**
 * Renumbers whole pages in place, from `firstSequence` on. Header pages come numbered 0 and 1, but
 * who tunes in late gets them right before a page with a far higher number.
 */
export function renumberOggPages(pages: Uint8Array, firstSequence: number): void {
  const view = new DataView(pages.buffer, pages.byteOffset, pages.byteLength);
  let sequence = firstSequence;
  for (let at = 0; at < pages.length; sequence += 1) {
    const end = pageEnd(pages, at);
    view.setUint32(at + SEQUENCE_AT, sequence, true);
    view.setUint32(at + CHECKSUM_AT, 0, true);
    view.setUint32(at + CHECKSUM_AT, checksum(pages.subarray(at, end)), true);
    at = end;
  }
}

function pageEnd(pages: Uint8Array, at: number): number {
  const bodyAt = at + HEADER_BYTES + pages[at + SEGMENT_COUNT_AT]!;
  let end = bodyAt;
  for (let lacing = at + HEADER_BYTES; lacing < bodyAt; lacing += 1) end += pages[lacing]!;
  return end;
}

/** CRC-32 with polynomial 0x04c11db7, unreflected, from 0: a few hundred bytes, so bit by bit. */
function checksum(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}
