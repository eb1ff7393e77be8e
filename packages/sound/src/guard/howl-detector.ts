import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import { Decimator } from "./decimator.ts";
import { HowlTracks } from "./howl-tracks.ts";
import { RealFft } from "./real-fft.ts";
import { TonePeaks } from "./tone-peaks.ts";

const DECIMATION = 3;
/** 64 ms at 16 kHz: bins of 15.6 Hz tell a howl from a voice's harmonics. */
const WINDOW_SAMPLES = 1024;
const STEP_SAMPLES = FRAME_SAMPLES / DECIMATION;
const BIN_HZ = SAMPLE_RATE_HZ / DECIMATION / WINDOW_SAMPLES;
/** Mean power under which nobody hears a howl, or anything: -56 dBFS. */
const QUIET_POWER = 10 ** -5.6;
/** Lifts the upper voice, whose spectrum falls with frequency: else a low vowel looks narrow. */
const PRE_EMPHASIS = 0.9;

/**
 * Recognises acoustic feedback: a narrow-band tone that grows or stays. Candidates are the peaks
 * of a spectrum every 20 ms ({@link TonePeaks}: PAPR, PNPR, PHPR); a howl is one that persists at
 * one frequency without fading ({@link HowlTracks}: IPMP, IMSD). The criteria are those surveyed in
 * T. van Waterschoot and M. Moonen, "Fifty Years of Acoustic Feedback Control: State of the Art
 * and Future Challenges", Proceedings of the IEEE 99(2), 2011, section on howling detection.
 */
export class HowlDetector {
  readonly #decimator = new Decimator(DECIMATION, FRAME_SAMPLES);
  readonly #fft = new RealFft(WINDOW_SAMPLES);
  readonly #hann = Float32Array.from(
    { length: WINDOW_SAMPLES },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW_SAMPLES),
  );
  readonly #recent = new Float32Array(WINDOW_SAMPLES);
  readonly #windowed = new Float32Array(WINDOW_SAMPLES);
  readonly #re = new Float64Array(WINDOW_SAMPLES / 2 + 1);
  readonly #im = new Float64Array(WINDOW_SAMPLES / 2 + 1);
  readonly #power = new Float32Array(WINDOW_SAMPLES / 2 + 1);
  readonly #peaks = new TonePeaks(BIN_HZ);
  readonly #tracks = new HowlTracks(BIN_HZ);

  /** Frequency of the howl that was heard last, Hz; 0: none yet. */
  get frequencyHz(): number {
    return this.#tracks.frequencyHz;
  }

  /**
   * @param pcm 960 samples
   * @returns whether the microphone howls now
   */
  push(pcm: Float32Array): boolean {
    const recent = this.#recent;
    recent.copyWithin(0, STEP_SAMPLES);
    const step = WINDOW_SAMPLES - STEP_SAMPLES;
    this.#decimator.process(pcm, recent.subarray(step));
    let power = 0;
    for (let i = step; i < WINDOW_SAMPLES; i += 1) power += recent[i]! * recent[i]!;
    if (power / STEP_SAMPLES < QUIET_POWER) this.#peaks.clear();
    else this.#findPeaks();
    return this.#tracks.push(this.#peaks);
  }

  #findPeaks(): void {
    let before = 0;
    for (let i = 0; i < WINDOW_SAMPLES; i += 1) {
      const sample = this.#recent[i]!;
      this.#windowed[i] = (sample - PRE_EMPHASIS * before) * this.#hann[i]!;
      before = sample;
    }
    this.#fft.forward(this.#windowed, this.#re, this.#im);
    for (let k = 0; k < this.#power.length; k += 1) {
      this.#power[k] = this.#re[k]! * this.#re[k]! + this.#im[k]! * this.#im[k]!;
    }
    this.#peaks.find(this.#power);
  }

  reset(): void {
    this.#recent.fill(0);
    this.#tracks.reset();
  }
}
