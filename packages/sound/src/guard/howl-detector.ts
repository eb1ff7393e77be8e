import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import { fourierOf } from "./fourier.ts";
import { HowlTracks } from "./howl-tracks.ts";
import { meanPower } from "./mean-power.ts";
import { TonePeaks } from "./tone-peaks.ts";

const DECIMATION = 3;
/** 64 ms at 16 kHz: bins of 15.6 Hz tell a howl from a voice's harmonics. */
const WINDOW_SAMPLES = 1024;
const STEP_SAMPLES = FRAME_SAMPLES / DECIMATION;
const BIN_HZ = SAMPLE_RATE_HZ / DECIMATION / WINDOW_SAMPLES;
/** Mean power under which nobody hears a howl, or anything: -56 dBFS. */
const QUIET_POWER = 10 ** -5.6;
/**
 * A microphone that reaches so far is at full scale, less what the low-pass before this leaves of it: what
 * howls there can't grow any more, and has overtones.
 */
const FULL_SCALE = 0.7;
/** One look in three will do until there is something to follow: the windows still touch. */
const LOOK_FRAMES = 3;
/** Lifts the upper voice, whose spectrum falls with frequency: else a low vowel looks narrow. */
const PRE_EMPHASIS = 0.9;

// What lives no longer than one look is there once for all speakers, and stays in the cache.
const windowed = new Float32Array(WINDOW_SAMPLES);
const re = new Float32Array(WINDOW_SAMPLES / 2 + 1);
const im = new Float32Array(WINDOW_SAMPLES / 2 + 1);
const power = new Float32Array(WINDOW_SAMPLES / 2 + 1);
const hann = Float32Array.from(
  { length: WINDOW_SAMPLES },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW_SAMPLES),
);

/**
 * Recognises acoustic feedback: a narrow-band tone that grows or stays. Candidates are the peaks
 * of a spectrum every 20 ms ({@link TonePeaks}: PAPR, PNPR, PHPR); a howl is one that persists at
 * one frequency and grows, or has grown ({@link HowlTracks}: IPMP, IMSD). The criteria are those surveyed in
 * T. van Waterschoot and M. Moonen, "Fifty Years of Acoustic Feedback Control: State of the Art
 * and Future Challenges", Proceedings of the IEEE 99(2), 2011, section on howling detection.
 */
export class HowlDetector {
  readonly #fft = fourierOf(WINDOW_SAMPLES);
  readonly #recent = new Float32Array(WINDOW_SAMPLES);
  #turn = 0;
  readonly #peaks = new TonePeaks(BIN_HZ);
  readonly #tracks = new HowlTracks(BIN_HZ);

  /** Frequency of the howl that was heard last, Hz; 0: none yet. */
  get frequencyHz(): number {
    return this.#tracks.frequencyHz;
  }

  /**
   * @param pcm a frame at 16 kHz: 320 samples
   * @returns whether the microphone howls now
   */
  push(pcm: Float32Array): boolean {
    const recent = this.#recent;
    recent.copyWithin(0, STEP_SAMPLES);
    const step = WINDOW_SAMPLES - STEP_SAMPLES;
    recent.set(pcm, step);
    this.#turn = (this.#turn + 1) % LOOK_FRAMES;
    const isDue = this.#turn === 0 || this.#peaks.count > 0;
    if (isDue && meanPower(pcm) >= QUIET_POWER) this.#findPeaks();
    else this.#peaks.clear();
    return this.#tracks.push(this.#peaks, this.#peaks.count > 0 && isFull(pcm));
  }

  #findPeaks(): void {
    const recent = this.#recent;
    let before = 0;
    for (let i = 0; i < WINDOW_SAMPLES; i += 1) {
      const sample = recent[i]!;
      windowed[i] = (sample - PRE_EMPHASIS * before) * hann[i]!;
      before = sample;
    }
    this.#fft.forward(windowed, re, im);
    for (let k = 0; k < power.length; k += 1) power[k] = re[k]! * re[k]! + im[k]! * im[k]!;
    this.#peaks.find(power);
  }

  reset(): void {
    this.#recent.fill(0);
    this.#tracks.reset();
  }
}

function isFull(pcm: Float32Array): boolean {
  for (let i = 0; i < pcm.length; i += 1) if (Math.abs(pcm[i]!) >= FULL_SCALE) return true;
  return false;
}
