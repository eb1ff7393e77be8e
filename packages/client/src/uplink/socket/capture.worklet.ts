import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import { CAPTURE_NAME, type CapturedFrame } from "./capture-messages.ts";
import { FrameCutter } from "./frame-cutter.ts";

// The audio thread's own globals: TypeScript's DOM library doesn't know them.
declare const sampleRate: number;
declare const registerProcessor: (name: string, processor: new () => object) => void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

/** Runs on the audio thread: hands the microphone over in frames of 20 ms at 48 kHz. */
class CaptureProcessor extends AudioWorkletProcessor {
  readonly #cutter = new FrameCutter(sampleRate, SAMPLE_RATE_HZ, FRAME_SAMPLES, (pcm) =>
    this.port.postMessage({ pcm } satisfies CapturedFrame, [pcm.buffer]),
  );

  process(inputs: Float32Array[][]): boolean {
    const channel = inputs[0]?.[0];
    // Without a microphone, for the moment, there is nothing to send either.
    if (channel !== undefined) this.#cutter.push(channel);
    return true;
  }
}

registerProcessor(CAPTURE_NAME, CaptureProcessor);
