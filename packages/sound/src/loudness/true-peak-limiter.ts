import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { SoundError } from "../errors.ts";
import { DelayLine, PIECE_SAMPLES } from "./delay-line.ts";
import type { MeterOptions } from "./loudness-meter.ts";
import { AHEAD_SAMPLES, BEHIND_SAMPLES, MOST_OVERSHOOT, truePeakAt } from "./oversample.ts";
import { RunningMean } from "./running-mean.ts";
import { RunningMin } from "./running-min.ts";

/** What leaves the limiter stays at or below this, in dBTP. */
export const TRUE_PEAK_CEILING_DBTP = -1;

/** Aimed this much lower: between the four points of a sample a peak may be 0.17 dB higher. */
const MARGIN_DB = 0.2;
const CEILING = 10 ** ((TRUE_PEAK_CEILING_DBTP - MARGIN_DB) / 20);

/** The gain goes down in a straight line over this: 1 ms is too short to hear and to distort. */
const RAMP_SAMPLES = SAMPLE_RATE_HZ / 1000;
/** Around a peak the gain stands still, as far as the interpolation reaches. */
const STILL_SAMPLES = AHEAD_SAMPLES;
/** The gain comes back with this time constant: about 120 ms, between syllables. */
const RELEASE = 1 - Math.exp(-1 / (0.12 * SAMPLE_RATE_HZ));
/** So near to 1 it is 1: a step of -100 dB. */
const NEARLY_ONE = 1 - 1e-5;

const GAIN_DELAY = RAMP_SAMPLES - 1 + STILL_SAMPLES;
const HISTORY = GAIN_DELAY + AHEAD_SAMPLES + BEHIND_SAMPLES;

/** How much later sound leaves {@link TruePeakLimiter} than it came in: 71 samples, 1.5 ms. */
export const LIMITER_LATENCY_SAMPLES = GAIN_DELAY + AHEAD_SAMPLES;

/**
 * Turns loud sound down before it comes, so that no loudspeaker clips: nothing leaves above -1
 * dBTP, between the samples included. It looks 1.5 ms ahead, and all sound is late by that. One
 * per mix: the gain, and what was looked at, carry on from piece to piece. Both channels of stereo
 * share their gain, so that voices stay where they stand.
 */
export class TruePeakLimiter {
  readonly #lines: readonly DelayLine[];
  /** The least gain that any peak in reach needs. */
  readonly #needed = new RunningMin(RAMP_SAMPLES + 2 * STILL_SAMPLES);
  readonly #ramp = new RunningMean(RAMP_SAMPLES, 1);
  /** Samples since the last one that could make a peak over the ceiling, itself or in between. */
  #quiet = Number.POSITIVE_INFINITY;
  #released = 1;
  #gain = 1;

  constructor(options: MeterOptions = {}) {
    const { channels = 1 } = options;
    this.#lines = Array.from({ length: channels }, () => new DelayLine(HISTORY));
  }

  /** The gain at the end of the last piece, 0 to 1: below 1 while it is turning down. */
  get gain(): number {
    return this.#gain;
  }

  /**
   * Limits in place: what stands in `pcm` afterwards came in {@link LIMITER_LATENCY_SAMPLES}
   * earlier. What is not a number becomes silence, what is above +24 dBFS becomes that.
   * @param pcm any length; interleaved where there are two channels
   * @throws {SoundError} `bad-length`; nothing was changed then
   */
  process(pcm: Float32Array): void {
    const channels = this.#lines.length;
    if (pcm.length % channels !== 0) {
      throw new SoundError("bad-length", "interleaved sound must hold both channels");
    }
    const samples = pcm.length / channels;
    for (let start = 0; start < samples; start += PIECE_SAMPLES) {
      this.#piece(pcm, start * channels, Math.min(PIECE_SAMPLES, samples - start));
    }
  }

  /** Forgets the sound that is inside, and begins with full gain. */
  reset(): void {
    for (const line of this.#lines) line.reset();
    this.#quiet = Number.POSITIVE_INFINITY;
    this.#settle();
  }

  #piece(pcm: Float32Array, from: number, samples: number): void {
    const channels = this.#lines.length;
    let level = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      level = Math.max(level, this.#lines[channel]!.take(pcm, from + channel, samples, channels));
    }
    const isQuiet = level * MOST_OVERSHOOT <= CEILING;
    if (isQuiet && this.#quiet >= HISTORY && this.#released === 1) {
      this.#settle();
      this.#pass(pcm, from, samples);
    } else this.#limit(pcm, from, samples);
  }

  /** Nothing to limit: sound is only late. */
  #pass(pcm: Float32Array, from: number, samples: number): void {
    const channels = this.#lines.length;
    for (let channel = 0; channel < channels; channel += 1) {
      const line = this.#lines[channel]!.pcm;
      for (let i = 0; i < samples; i += 1) {
        pcm[from + channel + i * channels] = line[i + BEHIND_SAMPLES]!;
      }
    }
  }

  #limit(pcm: Float32Array, from: number, samples: number): void {
    const channels = this.#lines.length;
    for (let i = 0; i < samples; i += 1) {
      const gain = this.#gainFor(this.#neededAt(i));
      for (let channel = 0; channel < channels; channel += 1) {
        const sample = this.#lines[channel]!.pcm[i + BEHIND_SAMPLES]! * gain;
        // Only rounding, and sound that no filter can follow, ever get here.
        const limited = Math.max(-CEILING, Math.min(CEILING, sample));
        pcm[from + channel + i * channels] = limited;
      }
    }
  }

  /** What gain the newest point whose surroundings are known needs, when sample `i` has come. */
  #neededAt(i: number): number {
    const newest = HISTORY + i;
    const lines = this.#lines;
    let isLoud = false;
    for (let line = 0; line < lines.length; line += 1) {
      if (Math.abs(lines[line]!.pcm[newest]!) * MOST_OVERSHOOT > CEILING) isLoud = true;
    }
    this.#quiet = isLoud ? 0 : this.#quiet + 1;
    if (this.#quiet > AHEAD_SAMPLES + BEHIND_SAMPLES) return 1;
    let peak = CEILING;
    for (let line = 0; line < lines.length; line += 1) {
      const level = truePeakAt(lines[line]!.pcm, newest - AHEAD_SAMPLES);
      if (level > peak) peak = level;
    }
    return CEILING / peak;
  }

  /** Down at once, as the ramp makes a line of it; up slowly. */
  #gainFor(needed: number): number {
    const least = this.#needed.push(needed);
    const risen = this.#released + (1 - this.#released) * RELEASE;
    this.#released = least < risen ? least : risen > NEARLY_ONE ? 1 : risen;
    this.#gain = Math.min(1, this.#ramp.push(this.#released));
    return this.#gain;
  }

  #settle(): void {
    this.#needed.reset();
    this.#ramp.reset();
    this.#released = 1;
    this.#gain = 1;
  }
}
