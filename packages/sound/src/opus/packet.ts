import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { SoundError } from "../errors.ts";

/** No Opus packet lasts longer (RFC 6716, section 3.4, R5: 120 ms). */
export const MAX_PACKET_SAMPLES = (SAMPLE_RATE_HZ / 1000) * 120;

/**
 * A valid mono packet of 20 ms that decodes to silence: full-band CELT whose frame says "silent".
 * Fills the place of a lost frame in containers, where a packet can't be missing.
 */
export const SILENT_PACKET: Uint8Array = Uint8Array.of(0xf8, 0xff, 0xfe);

/** Whether a packet was encoded from two channels (RFC 6716, section 3.1: bit 2 of the TOC). */
export function isStereoPacket(packet: Uint8Array): boolean {
  return ((packet[0] ?? 0) & 0x04) !== 0;
}

/**
 * Whether a packet says no more than that its sender is silent, and will send nothing for a while
 * (DTX): one frame of at most one byte, which decoders take for nothing (libopus, opus_decoder.c;
 * RFC 7587, section 3.1.3). The next packet may be 400 ms away.
 */
export function saysSilence(packet: Uint8Array): boolean {
  return packet.length > 0 && packet.length <= 2 && (packet[0]! & 0b11) === 0;
}

// Samples at 48 kHz of one frame, by the low bits of the TOC's config (RFC 6716, table 2).
const SILK_SAMPLES = [480, 960, 1920, 2880] as const;
const HYBRID_SAMPLES = [480, 960] as const;
const CELT_SAMPLES = [120, 240, 480, 960] as const;

function frameSamples(config: number): number {
  if (config < 12) return SILK_SAMPLES[config & 3]!;
  if (config < 16) return HYBRID_SAMPLES[config & 1]!;
  return CELT_SAMPLES[config & 3]!;
}

/**
 * How long a packet lasts, in samples at 48 kHz, read from its table of contents byte without
 * decoding (RFC 6716, section 3.1). What follows the frame count isn't looked at.
 * @throws {SoundError} `bad-packet`
 */
export function packetSamples(packet: Uint8Array): number {
  const toc = packet[0];
  if (toc === undefined) throw new SoundError("bad-packet", "an Opus packet has at least one byte");
  const samples = frameSamples(toc >> 3) * frameCount(toc & 3, packet);
  if (samples > MAX_PACKET_SAMPLES) {
    throw new SoundError("bad-packet", "an Opus packet lasts at most 120 ms");
  }
  return samples;
}

function frameCount(code: number, packet: Uint8Array): number {
  if (code === 0) return 1;
  if (code !== 3) return 2;
  const count = (packet[1] ?? 0) & 0x3f;
  if (count === 0) throw new SoundError("bad-packet", "an Opus packet holds at least one frame");
  return count;
}
