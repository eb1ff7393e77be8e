import { interleaved } from "@rostra/sound";
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
  /** Fed alike, so their frames are complete at the same time: the right's after the left's. */
  readonly #left = this.#cutter((pcm) => {
    if (this.#isStereo) this.#leftFrame = pcm;
    else this.#send(pcm);
  });
  readonly #right = this.#cutter((pcm) => this.#send(interleaved(this.#leftFrame, pcm)));
  #leftFrame = new Float32Array(FRAME_SAMPLES);
  #isStereo = false;

  process(inputs: Float32Array[][]): boolean {
    const [left, right] = inputs[0] ?? [];
    // Without a microphone, for the moment, there is nothing to send either.
    if (left === undefined) return true;
    // The node has as many channels as its options say, whatever the microphone has.
    this.#isStereo = right !== undefined;
    this.#left.push(left);
    if (right !== undefined) this.#right.push(right);
    return true;
  }

  #cutter(take: (pcm: Float32Array<ArrayBuffer>) => void): FrameCutter {
    return new FrameCutter(sampleRate, SAMPLE_RATE_HZ, FRAME_SAMPLES, take);
  }

  #send(pcm: Float32Array<ArrayBuffer>): void {
    this.port.postMessage({ pcm } satisfies CapturedFrame, [pcm.buffer]);
  }
}

registerProcessor(CAPTURE_NAME, CaptureProcessor);
