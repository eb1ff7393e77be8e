import { MicrophoneError } from "../../errors.ts";

/** RNNoise works on 10 ms at 48 kHz. */
export const RNNOISE_FRAME_SAMPLES = 480;
const FRAME_BYTES = RNNOISE_FRAME_SAMPLES * Float32Array.BYTES_PER_ELEMENT;
/** It wants samples of 16 bits, as floats. */
const FULL_SCALE = 32_768;

/** What the module exports (C functions of xiph/rnnoise, and the allocator). */
interface RnnoiseExports {
  readonly memory: WebAssembly.Memory;
  readonly __wasm_call_ctors: () => void;
  readonly malloc: (bytes: number) => number;
  readonly rnnoise_get_frame_size: () => number;
  readonly rnnoise_create: (model: number) => number;
  readonly rnnoise_destroy: (state: number) => void;
  readonly rnnoise_process_frame: (state: number, output: number, input: number) => number;
}

/**
 * RNNoise (J.-M. Valin, "A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech
 * Enhancement", 2018) as WebAssembly: takes noise out of one voice. Its memory is fixed: 16 MB.
 * What leaves is 10 ms late. The same in the audio thread, in a page and in Node.
 */
export class Rnnoise {
  readonly #exports: RnnoiseExports;
  readonly #state: number;
  readonly #frame: Float32Array;
  readonly #at: number;

  /**
   * @param wasm bytes of the module
   * @throws {MicrophoneError} `failed` where that isn't RNNoise
   */
  constructor(wasm: BufferSource) {
    try {
      this.#exports = instantiate(wasm);
      this.#state = this.#exports.rnnoise_create(0);
      this.#at = this.#exports.malloc(FRAME_BYTES);
      this.#frame = new Float32Array(this.#exports.memory.buffer, this.#at, RNNOISE_FRAME_SAMPLES);
    } catch (cause) {
      throw new MicrophoneError("failed", "Noise suppression could not be started", { cause });
    }
    if (this.#exports.rnnoise_get_frame_size() !== RNNOISE_FRAME_SAMPLES) {
      throw new MicrophoneError("failed", "Noise suppression works on frames of another length");
    }
  }

  /**
   * Takes the noise out of one frame, in place.
   * @param pcm {@link RNNOISE_FRAME_SAMPLES}
   * @returns how likely it holds a voice, 0 to 1
   */
  process(pcm: Float32Array): number {
    for (let i = 0; i < RNNOISE_FRAME_SAMPLES; i += 1) this.#frame[i] = pcm[i]! * FULL_SCALE;
    const voice = this.#exports.rnnoise_process_frame(this.#state, this.#at, this.#at);
    for (let i = 0; i < RNNOISE_FRAME_SAMPLES; i += 1) pcm[i] = this.#frame[i]! / FULL_SCALE;
    return voice;
  }

  close(): void {
    this.#exports.rnnoise_destroy(this.#state);
  }
}

function instantiate(wasm: BufferSource): RnnoiseExports {
  let memory: WebAssembly.Memory | undefined;
  const env = {
    emscripten_memcpy_big: (to: number, from: number, bytes: number) => {
      if (memory !== undefined) new Uint8Array(memory.buffer).copyWithin(to, from, from + bytes);
    },
    // No: it has all that it will ever need.
    emscripten_resize_heap: () => 0,
    __assert_fail: () => {
      throw new MicrophoneError("failed", "Noise suppression failed");
    },
  };
  // Not awaited: the audio thread has no time to wait, and may compile what a page may not.
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env });
  const exports = instance.exports as unknown as RnnoiseExports;
  memory = exports.memory;
  exports.__wasm_call_ctors();
  return exports;
}
