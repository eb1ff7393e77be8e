import type { Channels } from "@rostra/wire";

/** The Opus port: all that Rostra asks of a codec. 48 kHz, floats from -1 to 1. */

export interface OpusEncoderOptions {
  /** Bits a second on average, 6,000 to 510,000. */
  readonly bitrate: number;
  /** Default `audio`. */
  readonly application?: "audio" | "voip";
  /**
   * What the encoder should take the sound for. Default `auto`. `music` keeps it in CELT, the
   * half of Opus that never builds on earlier packets once prediction is disabled.
   */
  readonly signal?: "auto" | "voice" | "music";
  /** 0 to 10, default 10. */
  readonly complexity?: number;
  /** In-band forward error correction: a packet also carries a coarse copy of the one before. */
  readonly fec?: boolean;
  /** Loss that the encoder should expect, 0 to 100; without it, FEC stays unused. */
  readonly packetLossPercent?: number;
  /** Silence takes packets that say no more than that (`saysSilence`), all but one in 400 ms. Default false. */
  readonly dtx?: boolean;
  /** Makes every packet a clean entry point, for somewhat less quality per bit. */
  readonly predictionDisabled?: boolean;
  /** Default 1. */
  readonly channels?: Channels;
}

export interface OpusEncoder {
  /**
   * @param pcm 20 ms: 960 samples (of each channel, interleaved)
   * @returns one packet of at most MAX_PACKET_BYTES, which the caller owns
   * @throws {SoundError} `bad-length`, `closed`, `codec`
   */
  encode(pcm: Float32Array): Uint8Array<ArrayBuffer>;
  /**
   * From the next packet on; heard as nothing but a little more or less error.
   * @param complexity 0 to 10
   * @throws {SoundError} `bad-option`, `closed`
   */
  setComplexity(complexity: number): void;
  /** Frees the codec's memory. Twice is once. */
  close(): void;
}

/**
 * What decoding gives is a copy that the caller owns, interleaved where there are two channels;
 * samples are counted for each channel.
 */
export interface OpusDecoder {
  /**
   * @returns as many samples as the packet lasts: any Opus duration, 2.5 to 120 ms
   * @throws {SoundError} `bad-packet`, `closed`
   */
  decode(packet: Uint8Array): Float32Array<ArrayBuffer>;
  /**
   * The sound lost just before `nextPacket`, from the copy that it carries if it was encoded with
   * FEC, else concealed. `nextPacket` itself must still be decoded afterwards.
   * @param samples exactly the lost duration: a multiple of 120 (2.5 ms) up to 5,760
   * @throws {SoundError} `bad-packet`, `bad-length`, `closed`
   */
  recover(nextPacket: Uint8Array, samples: number): Float32Array<ArrayBuffer>;
  /**
   * Invents `samples` of sound in place of what was lost (packet loss concealment).
   * @param samples exactly the lost duration: a multiple of 120 (2.5 ms) up to 5,760
   * @throws {SoundError} `bad-length`, `closed`
   */
  conceal(samples: number): Float32Array<ArrayBuffer>;
  /** Frees the codec's memory. Twice is once. */
  close(): void;
}

export interface Opus {
  /** @throws {SoundError} `bad-option` */
  createEncoder(options: OpusEncoderOptions): Promise<OpusEncoder>;
  /**
   * @param options `channels` of what it gives, default 1: packets of either kind are taken, mono in
   *   the middle of stereo, and of stereo the mean of both sides
   */
  createDecoder(options?: { readonly channels?: Channels }): Promise<OpusDecoder>;
}

/**
 * How the program is encoded. Prediction is off, so that a newcomer, and a listener who crosses
 * from one stage's encoder to another's, hears clean sound from the first packet.
 *
 * `music` although people speak: left to itself, libopus codes speech at this rate in hybrid mode,
 * whose SILK half suffers without prediction. Measured on speech, hybrid against CELT: error after
 * crossing encoders -21, -36, -41 dB against -34, -70, none; signal to error 8.7 against 12.4 dB;
 * and quiet tones came out 3 dB too low.
 */
export const PROGRAM_ENCODING: OpusEncoderOptions = {
  bitrate: 32_000,
  application: "audio",
  signal: "music",
  complexity: 10,
  predictionDisabled: true,
  channels: 1,
};

/**
 * The thin rendition: the program for thin links, made beside it for each space. At the lowest cost:
 * measured 1.9 ms a second of sound at complexity 3 against 3.5 at 10, and 6.6 where speech is coded
 * as such (then in SILK, which can't be entered at any packet).
 */
export const THIN_ENCODING: OpusEncoderOptions = {
  ...PROGRAM_ENCODING,
  bitrate: 16_000,
  complexity: 3,
};

/**
 * The same for music: both channels at 96 kbit/s, in the middle of the 64 to 128 kbit/s that
 * RFC 7587, section 3.1.1, names for full-band stereo music.
 */
const MUSIC_ENCODING: OpusEncoderOptions = {
  ...PROGRAM_ENCODING,
  bitrate: 96_000,
  channels: 2,
};

/** How a program of so many channels is encoded. */
export function programEncoding(channels: Channels): OpusEncoderOptions {
  return channels === 2 ? MUSIC_ENCODING : PROGRAM_ENCODING;
}
