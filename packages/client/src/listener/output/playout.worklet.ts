import { SAMPLE_RATE_HZ } from "@rostra/wire";
import type { Planes } from "../decoder/decoder.ts";
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

/**
 * Runs on the audio thread: a {@link SampleLine} between the message port and the sound card, and
 * another from the first stereo on. Both are pushed and pulled alike, so they stay in step.
 */
class PlayoutProcessor extends AudioWorkletProcessor {
  readonly #left = new SampleLine(SAMPLE_RATE_HZ, sampleRate);
  #right: SampleLine | undefined;
  #untilReport = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => {
      if (data.kind === "pcm") this.#push(data.planes, data.frame);
      else for (const line of [this.#left, this.#right]) line?.clear();
    };
  }

  #push([left, right]: Planes, frame: number | null): void {
    if (left === undefined) return;
    if (right !== undefined) this.#right ??= this.#left.twin();
    this.#left.push(left, frame);
    this.#right?.push(right ?? left, frame);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [left, right] = outputs[0] ?? [];
    if (left === undefined || right === undefined) return true;
    this.#left.pull(left);
    if (this.#right === undefined) right.set(left);
    else this.#right.pull(right);
    this.#untilReport -= left.length;
    if (this.#untilReport <= 0) {
      this.#untilReport = sampleRate / REPORTS_PER_SECOND;
      this.port.postMessage(this.#left.report() satisfies FromWorklet);
    }
    return true;
  }
}

registerProcessor(PROCESSOR_NAME, PlayoutProcessor);
