import type { Channels } from "@rostra/wire";

/** Samples of one channel, or of left and right, equally long; their owner may hand them away. */
export type Planes = readonly Float32Array<ArrayBuffer>[];

/** Opus to samples: the port, with an adapter for WebCodecs and one for WASM. */
export interface FrameDecoder {
  /**
   * Packets are decoded in the order of the calls, mono and stereo alike.
   * @returns FRAME_SAMPLES samples of each channel, 48 kHz, that the caller owns
   */
  decode(packet: Uint8Array): Promise<Planes>;
  close(): void;
}

/** @param channels that are given at most: of stereo packets one channel is the mean of both */
export type OpenDecoder = (channels: Channels) => Promise<FrameDecoder>;
