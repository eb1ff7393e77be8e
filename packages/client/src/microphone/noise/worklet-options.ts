/** What the page and the audio thread agree on. */
export const NOISE_PROCESSOR = "rostra-noise";

export interface NoiseProcessorOptions {
  /** Bytes of the RNNoise module: not every browser can hand a compiled one over. */
  readonly wasm: ArrayBuffer;
}
