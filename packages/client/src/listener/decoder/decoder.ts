/** Opus to samples: the port, with an adapter for WebCodecs and one for WASM. */
export interface FrameDecoder {
  /**
   * Packets are decoded in the order of the calls.
   * @returns FRAME_SAMPLES samples, mono, 48 kHz, that the caller owns
   */
  decode(packet: Uint8Array): Promise<Float32Array<ArrayBuffer>>;
  close(): void;
}

export type OpenDecoder = () => Promise<FrameDecoder>;
