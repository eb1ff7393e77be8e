import { SoundError } from "../errors.ts";
import { DelayLine, PIECE_SAMPLES } from "./delay-line.ts";
import type { MeterOptions } from "./loudness-meter.ts";
import { AHEAD_SAMPLES, BEHIND_SAMPLES, MOST_OVERSHOOT, truePeakAt } from "./oversample.ts";

/** What silence reads as, in dBTP. */
export const SILENCE_DBTP = -150;

const HISTORY = BEHIND_SAMPLES + AHEAD_SAMPLES;

/**
 * The highest that the sound goes once it is sound again and no longer samples (ITU-R BS.1770-5,
 * Annex 2). 48 kHz; nothing allocated per frame. Samples above +24 dBFS count as that.
 */
export class TruePeakMeter {
  readonly #lines: readonly DelayLine[];
  #peak = 0;
  /** Greatest sample of the piece before: what lies between it and the newest isn't known yet. */
  #lastLevel = 0;

  constructor(options: MeterOptions = {}) {
    const { channels = 1 } = options;
    this.#lines = Array.from({ length: channels }, () => new DelayLine(HISTORY));
  }

  /** The highest since the beginning or the last `reset`, of any channel, in dBTP. */
  get peakDbtp(): number {
    return this.#peak > 0 ? Math.max(SILENCE_DBTP, 20 * Math.log10(this.#peak)) : SILENCE_DBTP;
  }

  /**
   * What lies between the newest twelve samples is read with the next sound.
   * @throws {SoundError} `bad-length` where a channel has one sample more than the other
   */
  push(pcm: Float32Array): void {
    const channels = this.#lines.length;
    if (pcm.length % channels !== 0) {
      throw new SoundError("bad-length", "interleaved sound must hold both channels");
    }
    const samples = pcm.length / channels;
    for (let start = 0; start < samples; start += PIECE_SAMPLES) {
      const piece = Math.min(PIECE_SAMPLES, samples - start);
      let level = 0;
      for (let channel = 0; channel < channels; channel += 1) {
        const from = start * channels + channel;
        level = Math.max(level, this.#lines[channel]!.take(pcm, from, piece, channels));
      }
      this.#measure(piece, level);
    }
  }

  reset(): void {
    for (const line of this.#lines) line.reset();
    this.#peak = 0;
    this.#lastLevel = 0;
  }

  #measure(samples: number, level: number): void {
    // Short pieces push each other on: only a whole one leaves nothing of the one before.
    const recent = Math.max(level, this.#lastLevel);
    this.#lastLevel = samples < HISTORY ? recent : level;
    this.#peak = Math.max(this.#peak, level);
    if (recent * MOST_OVERSHOOT <= this.#peak) return; // can't be higher in between
    for (const { pcm } of this.#lines) {
      for (let at = BEHIND_SAMPLES; at < BEHIND_SAMPLES + samples; at += 1) {
        const peak = truePeakAt(pcm, at);
        if (peak > this.#peak) this.#peak = peak;
      }
    }
  }
}
