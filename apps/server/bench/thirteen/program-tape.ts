import { loadOpus } from "@rostra/sound";
import {
  FRAME_MS,
  FRAME_SAMPLES,
  frameNumberAt,
  frameTimeMs,
  type ProgramFrame,
  SAMPLE_RATE_HZ,
} from "@rostra/wire";
import { rms } from "./voices.ts";

/** Louder than this, RMS, somebody is heard: far above an open microphone's noise. */
const HEARD_RMS = 0.008;
/** So many frames in a row: a click isn't a voice. */
const HEARD_FRAMES = 3;

/** The program as a listener got it, decoded, by the clock of the frame numbers. */
export class ProgramTape {
  readonly #epochMs: number;
  readonly #first: number;
  readonly #pcm: Float32Array;
  readonly #isVoice: Uint8Array;

  private constructor(epochMs: number, first: number, pcm: Float32Array, isVoice: Uint8Array) {
    this.#epochMs = epochMs;
    this.#first = first;
    this.#pcm = pcm;
    this.#isVoice = isVoice;
  }

  /** @param frames ascending by number; missing ones are silence */
  static async of(frames: readonly ProgramFrame[], epochMs: number): Promise<ProgramTape> {
    const decoder = await (await loadOpus()).createDecoder();
    const first = frames[0]!.number;
    const count = frames.at(-1)!.number - first + 1;
    const pcm = new Float32Array(count * FRAME_SAMPLES);
    const isVoice = new Uint8Array(count);
    for (const { number, packet, holding } of frames) {
      const decoded = decoder.decode(packet).subarray(0, FRAME_SAMPLES);
      pcm.set(decoded, (number - first) * FRAME_SAMPLES);
      isVoice[number - first] = !holding && rms(decoded) > HEARD_RMS ? 1 : 0;
    }
    decoder.close();
    return new ProgramTape(epochMs, first, pcm, isVoice);
  }

  /** What was on air between two times, ms since 1970. */
  between(fromMs: number, toMs: number): Float32Array {
    const at = (ms: number) =>
      Math.max(
        0,
        Math.round(((ms - frameTimeMs(this.#epochMs, this.#first)) * SAMPLE_RATE_HZ) / 1000),
      );
    return this.#pcm.subarray(at(fromMs), at(toMs));
  }

  /** When a voice was first heard from `fromMs` on; undefined where none was before `toMs`. */
  voiceAfter(fromMs: number, toMs: number): number | undefined {
    const from = Math.max(0, frameNumberAt(this.#epochMs, fromMs) - this.#first + 1);
    const to = frameNumberAt(this.#epochMs, toMs) - this.#first;
    let inARow = 0;
    for (let index = from; index <= Math.min(to, this.#isVoice.length - 1); index += 1) {
      inARow = this.#isVoice[index] === 1 ? inARow + 1 : 0;
      if (inARow < HEARD_FRAMES) continue;
      return frameTimeMs(this.#epochMs, this.#first + index) - (HEARD_FRAMES - 1) * FRAME_MS;
    }
    return undefined;
  }
}
