import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { SoundError } from "../errors.ts";
import { GatedMean } from "./gated-mean.ts";
import { KWeighting } from "./k-weighting.ts";
import { lufsOf } from "./lufs.ts";

/** Everything is measured in steps of 100 ms: blocks of 400 ms that overlap by three quarters. */
const STEP_SAMPLES = SAMPLE_RATE_HZ / 10;
const MOMENTARY_STEPS = 4;
const SHORT_TERM_STEPS = 30;

export interface MeterOptions {
  /** 2: samples come interleaved, left first. Default 1. */
  readonly channels?: 1 | 2;
}

/**
 * Loudness by ITU-R BS.1770-5 in the three windows of EBU Tech 3341: momentary, short-term,
 * integrated. 48 kHz; constant memory, nothing allocated per frame. A mono meter reads a voice
 * 3 LU lower than a stereo meter that is given the same voice left and right, as the
 * recommendation has it.
 */
export class LoudnessMeter {
  readonly #channels: 1 | 2;
  readonly #filters: readonly KWeighting[];
  readonly #integrated = new GatedMean();
  /** Mean squares of the latest 3 s, by step. */
  readonly #steps = new Float64Array(SHORT_TERM_STEPS);
  #at = 0;
  #stepsSeen = 0;
  #energy = 0;
  #samples = 0;

  constructor(options: MeterOptions = {}) {
    this.#channels = options.channels ?? 1;
    this.#filters = Array.from({ length: this.#channels }, () => new KWeighting());
  }

  /** Of the last 400 ms, in LUFS; {@link SILENCE_LUFS} for silence and before there was so much. */
  get momentaryLufs(): number {
    return lufsOf(this.#meanOf(MOMENTARY_STEPS));
  }

  /** Of the last 3 s, in LUFS; {@link SILENCE_LUFS} as above. */
  get shortTermLufs(): number {
    return lufsOf(this.#meanOf(SHORT_TERM_STEPS));
  }

  /** Of all that came, without its pauses (gated), in LUFS; {@link SILENCE_LUFS} for nothing. */
  get integratedLufs(): number {
    return this.#integrated.lufs;
  }

  /**
   * @param pcm the next sound, any length of whole samples
   * @throws {SoundError} `bad-length`
   */
  push(pcm: Float32Array): void {
    const channels = this.#channels;
    if (pcm.length % channels !== 0) {
      throw new SoundError("bad-length", "interleaved sound must hold both channels");
    }
    const samples = pcm.length / channels;
    for (let start = 0; start < samples; ) {
      const end = Math.min(samples, start + STEP_SAMPLES - this.#samples);
      for (let channel = 0; channel < channels; channel += 1) {
        const filter = this.#filters[channel]!;
        this.#energy += filter.energy(pcm, start * channels + channel, end * channels, channels);
      }
      this.#samples += end - start;
      if (this.#samples === STEP_SAMPLES) this.#endStep();
      start = end;
    }
  }

  /** Begins anew, as if nothing had been heard. */
  reset(): void {
    for (const filter of this.#filters) filter.reset();
    this.#integrated.reset();
    this.#steps.fill(0);
    this.#at = 0;
    this.#stepsSeen = 0;
    this.#energy = 0;
    this.#samples = 0;
  }

  #endStep(): void {
    this.#steps[this.#at] = this.#energy / STEP_SAMPLES;
    this.#at = (this.#at + 1) % SHORT_TERM_STEPS;
    this.#stepsSeen += 1;
    this.#energy = 0;
    this.#samples = 0;
    if (this.#stepsSeen >= MOMENTARY_STEPS) this.#integrated.add(this.#meanOf(MOMENTARY_STEPS));
  }

  #meanOf(steps: number): number {
    if (this.#stepsSeen < steps) return 0;
    let sum = 0;
    for (let back = 1; back <= steps; back += 1) {
      sum += this.#steps[(this.#at + SHORT_TERM_STEPS - back) % SHORT_TERM_STEPS]!;
    }
    return sum / steps;
  }
}
