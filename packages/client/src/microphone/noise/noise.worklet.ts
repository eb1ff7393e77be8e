import { FrameLine } from "./frame-line.ts";
import { RNNOISE_FRAME_SAMPLES, Rnnoise } from "./rnnoise.ts";
import { NOISE_PROCESSOR, type NoiseProcessorOptions } from "./worklet-options.ts";

// The audio thread's own globals: TypeScript's DOM library doesn't know them.
declare const registerProcessor: (
  name: string,
  processor: new (options: { processorOptions: NoiseProcessorOptions }) => object,
) => void;
declare class AudioWorkletProcessor {}

/** Runs on the audio thread: RNNoise on one channel. What it throws the page hears of. */
class NoiseProcessor extends AudioWorkletProcessor {
  readonly #line: FrameLine;

  constructor(options: { processorOptions: NoiseProcessorOptions }) {
    super();
    const rnnoise = new Rnnoise(options.processorOptions.wasm);
    this.#line = new FrameLine(RNNOISE_FRAME_SAMPLES, (frame) => rnnoise.process(frame));
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [input, output] = [inputs[0]?.[0], outputs[0]?.[0]];
    if (input !== undefined && output !== undefined) this.#line.pass(input, output);
    return true;
  }
}

registerProcessor(NOISE_PROCESSOR, NoiseProcessor);
