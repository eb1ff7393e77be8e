// Ogg's own CRC (RFC 3533, section 6): polynomial 0x04c11db7, not reflected, starting from 0.
const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit += 1) {
    value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  }
  return value >>> 0;
});

/** Checksum of an Ogg page whose own checksum field is zero. Carry on with `crc`. */
export function oggCrc(bytes: Uint8Array, crc = 0): number {
  let value = crc;
  for (const byte of bytes) value = (value << 8) ^ TABLE[((value >>> 24) ^ byte) & 0xff]!;
  return value >>> 0;
}
