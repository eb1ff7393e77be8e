import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { SampleLine } from "../playout/sample-line.ts";
import { type FromWorklet, PROCESSOR_NAME, type ToWorklet } from "./worklet-messages.ts";

// The audio thread's own globals: TypeScript's DOM library doesn't know them.
declare const sampleRate: number;
declare const registerProcessor: (name: string, processor: new () => object) => void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

/** Reports ten times a second: often enough to steer by, seldom enough to cost nothing. */
const REPORTS_PER_SECOND = 10;

/** Runs on the audio thread: a {@link SampleLine} between the message port and the sound card. */
class PlayoutProcessor extends AudioWorkletProcessor {
  readonly #line = new SampleLine(SAMPLE_RATE_HZ, sampleRate);
  #untilReport = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => {
      if (data.kind === "pcm") this.#line.push(data.pcm, data.frame);
      else this.#line.clear();
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const channels = outputs[0] ?? [];
    const first = channels[0];
    if (first === undefined) return true;
    this.#line.pull(first);
    for (const other of channels.slice(1)) other.set(first);
    this.#untilReport -= first.length;
    if (this.#untilReport <= 0) {
      this.#untilReport = sampleRate / REPORTS_PER_SECOND;
      this.port.postMessage(this.#line.report() satisfies FromWorklet);
    }
    return true;
  }
}

registerProcessor(PROCESSOR_NAME, PlayoutProcessor);
