import type { OpusDecoder } from "@rostra/sound";
import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";

/** One in so many frames begins a tone: far enough apart to tell one from the next. */
export const TONE_EVERY_FRAMES = 50;
const TONE_FRAMES = 3;
const TONE_HZ = 1_000;
const TONE_LEVEL = 0.25;
const HEARD_ABOVE = 0.05;

/** A frame of a sender of tones: one a second, 60 ms long, silence between them. */
export function toneAt(frame: number): Float32Array {
  const pcm = new Float32Array(FRAME_SAMPLES);
  if (frame % TONE_EVERY_FRAMES >= TONE_FRAMES) return pcm;
  const step = (2 * Math.PI * TONE_HZ) / SAMPLE_RATE_HZ;
  return pcm.map((_, i) => TONE_LEVEL * Math.sin((frame * FRAME_SAMPLES + i) * step));
}

/** Which of the tones that were sent came out, and how much later. */
export class ToneEar {
  #latenciesMs: number[] = [];
  #sent = 0;
  #waitingFor: number | undefined;
  readonly #decoder: OpusDecoder;

  constructor(decoder: OpusDecoder) {
    this.#decoder = decoder;
  }

  sent(atMs: number): void {
    this.#sent += 1;
    this.#waitingFor = atMs;
  }

  /** A packet that came at `atMs`: the moment at which its first sample could be played. */
  hear(packet: Uint8Array, atMs: number): void {
    const samples = this.#decoder.decode(packet);
    if (this.#waitingFor === undefined) return;
    const onset = samples.findIndex((sample) => Math.abs(sample) > HEARD_ABOVE);
    if (onset < 0) return;
    this.#latenciesMs.push(atMs + (onset / SAMPLE_RATE_HZ) * 1000 - this.#waitingFor);
    this.#waitingFor = undefined;
  }

  /** What was measured since the last call. */
  take(): { latenciesMs: number[]; sent: number } {
    const taken = { latenciesMs: this.#latenciesMs, sent: this.#sent };
    this.#latenciesMs = [];
    this.#sent = 0;
    return taken;
  }
}
