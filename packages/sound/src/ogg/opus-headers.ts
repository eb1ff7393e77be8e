import { type Channels, SAMPLE_RATE_HZ } from "@rostra/wire";
import { SoundError } from "../errors.ts";

/** Samples that a decoder gives before the first real one: libopus' look-ahead at 48 kHz. */
export const OPUS_PRE_SKIP_SAMPLES = 312;
const HEAD_MAGIC = "OpusHead";
const TAGS_MAGIC = "OpusTags";
const DEFAULT_VENDOR = "Rostra";
/** Keeps a tag from growing the header that every newcomer is sent. */
const MAX_TAG_CHARS = 1_000;

export interface OpusTagsOptions {
  readonly title?: string;
  /** Who encoded; default `Rostra`. */
  readonly vendor?: string;
}

/**
 * Identification header (RFC 7845, section 5.1): 19 bytes.
 * @param channels that a player should make of it; packets of either kind may follow
 */
export function opusHead(channels: Channels = 1): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(19);
  head.set(new TextEncoder().encode(HEAD_MAGIC));
  const view = new DataView(head.buffer);
  view.setUint8(8, 1); // version
  view.setUint8(9, channels);
  view.setUint16(10, OPUS_PRE_SKIP_SAMPLES, true);
  view.setUint32(12, SAMPLE_RATE_HZ, true); // of the original: for information only
  view.setInt16(16, 0, true); // output gain
  view.setUint8(18, 0); // mapping family 0: mono or stereo
  return head;
}

/** Comment header (RFC 7845, section 5.2). */
export function opusTags(options: OpusTagsOptions = {}): Uint8Array<ArrayBuffer> {
  const encode = (text: string) => new TextEncoder().encode(text.slice(0, MAX_TAG_CHARS));
  const vendor = encode(options.vendor ?? DEFAULT_VENDOR);
  const comments = options.title === undefined ? [] : [encode(`TITLE=${options.title}`)];
  const size = comments.reduce((sum, comment) => sum + 4 + comment.length, 0);
  const tags = new Uint8Array(8 + 4 + vendor.length + 4 + size);
  const view = new DataView(tags.buffer);
  tags.set(new TextEncoder().encode(TAGS_MAGIC));
  let at = 8;
  const field = (bytes: Uint8Array) => {
    view.setUint32(at, bytes.length, true);
    tags.set(bytes, at + 4);
    at += 4 + bytes.length;
  };
  field(vendor);
  view.setUint32(at, comments.length, true);
  at += 4;
  comments.forEach(field);
  return tags;
}

export interface OpusHead {
  readonly channels: number;
  readonly preSkipSamples: number;
  /** Rate of what was encoded, for information only; Opus itself is always at 48 kHz. */
  readonly inputRateHz: number;
  /** Gain to apply to what was decoded, dB. */
  readonly outputGainDb: number;
}

/** @throws {SoundError} `bad-header` */
export function parseOpusHead(packet: Uint8Array): OpusHead {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const magic = new TextDecoder().decode(packet.subarray(0, 8));
  if (magic !== HEAD_MAGIC || packet.length < 19) {
    throw new SoundError("bad-header", "not an OpusHead packet");
  }
  // The upper half of the version is the incompatible part (RFC 7845, section 5.1).
  if (view.getUint8(8) >> 4 !== 0 || view.getUint8(9) === 0) {
    throw new SoundError("bad-header", "an OpusHead of an unknown version, or without channels");
  }
  return {
    channels: view.getUint8(9),
    preSkipSamples: view.getUint16(10, true),
    inputRateHz: view.getUint32(12, true),
    outputGainDb: view.getInt16(16, true) / 256,
  };
}
