import { SoundError } from "../errors.ts";

/** What an ADTS header says of its frame (ISO/IEC 14496-3, 1.A.2.2). */
export interface AdtsHeader {
  /** Header and sound together. */
  readonly frameBytes: number;
  /** 7, or 9 with a checksum. */
  readonly headerBytes: number;
  /** 2 for AAC-LC. */
  readonly objectType: number;
  readonly sampleRateHz: number;
  /** 0 where the sound itself says. */
  readonly channels: number;
  /** Samples of each channel in the frame. */
  readonly samples: number;
}

/** An ADTS header without its checksum. */
export const ADTS_HEADER_BYTES = 7;
const SAMPLE_RATES_HZ = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
  7_350,
] as const;
// Channel configuration 7 means 7.1.
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8] as const;
const SAMPLES_PER_BLOCK = 1024;

/** @throws {SoundError} `bad-header` where `bytes` doesn't begin with an ADTS header */
export function parseAdtsHeader(bytes: Uint8Array): AdtsHeader {
  const header = readAdtsHeader(bytes, 0);
  if (header === undefined) throw new SoundError("bad-header", "not an ADTS header");
  return header;
}

/** As {@link parseAdtsHeader}, at an offset; undefined where there is none. */
export function readAdtsHeader(bytes: Uint8Array, at: number): AdtsHeader | undefined {
  if (bytes.length - at < ADTS_HEADER_BYTES) return undefined;
  // Twelve bits of sync word, then the layer, which is always 0.
  if (bytes[at] !== 0xff || (bytes[at + 1]! & 0xf6) !== 0xf0) return undefined;
  const [b1, b2, b3] = [bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!];
  const sampleRateHz = SAMPLE_RATES_HZ[(b2 >> 2) & 0x0f];
  const headerBytes = (b1 & 1) === 1 ? ADTS_HEADER_BYTES : ADTS_HEADER_BYTES + 2;
  const frameBytes = ((b3 & 3) << 11) | (bytes[at + 4]! << 3) | (bytes[at + 5]! >> 5);
  if (sampleRateHz === undefined || frameBytes < headerBytes) return undefined;
  return {
    frameBytes,
    headerBytes,
    objectType: (b2 >> 6) + 1,
    sampleRateHz,
    channels: CHANNELS[((b2 & 1) << 2) | (b3 >> 6)]!,
    samples: ((bytes[at + 6]! & 3) + 1) * SAMPLES_PER_BLOCK,
  };
}
