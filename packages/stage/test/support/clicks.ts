import { SAMPLE_RATE_HZ } from "@rostra/wire";

/** What surrounds a sample and says how rough the sound is there: 5 ms on each side. */
const AROUND = (SAMPLE_RATE_HZ / 1000) * 5;
/** Left out of its own surroundings: a click is a few samples long. */
const NEAR = 4;
const WINDOW = 2 * AROUND + 1;
/** Below this roughness nothing is heard, whatever surrounds it: fourth differences of -70 dBFS. */
const FLOOR = 10 ** (-70 / 10);
/** Within this it is the same click. */
const SAME_CLICK_SAMPLES = (SAMPLE_RATE_HZ / 1000) * 10;

/**
 * Finds places where sound is far rougher than right beside them: the square of the fourth
 * difference of five samples, over its mean in the 5 ms before and after. Voices hardly have any:
 * at 2 kHz it is 47 dB below the sound itself, at a step 9 dB above the step. Where two pieces of
 * sound don't fit, it stands out; what a voice itself does decides how far it must.
 */
export class ClickDetector {
  readonly #threshold: number;
  readonly #window = new Float64Array(WINDOW);
  #at = 0;
  #sum = 0;
  #seen = 0;
  // The last sample, and its differences of first to third order.
  readonly #differences = new Float64Array(4);
  #clickedAt = Number.NEGATIVE_INFINITY;
  #sharpest = 0;
  #clicks = 0;

  /** @param thresholdDb what is sharper is a click: see `sharpestDb` of the clean sound */
  constructor(thresholdDb = Number.POSITIVE_INFINITY) {
    this.#threshold = 10 ** (thresholdDb / 10);
  }

  get clicks(): number {
    return this.#clicks;
  }

  /** How far the sharpest place stood out, in dB. */
  get sharpestDb(): number {
    return 10 * Math.log10(this.#sharpest + 1e-12);
  }

  push(pcm: Float32Array): void {
    for (const sample of pcm) this.#sample(sample);
  }

  #sample(sample: number): void {
    const roughness = this.#fourthDifference(sample) ** 2;
    this.#sum += roughness - this.#window[this.#at]!;
    this.#window[this.#at] = roughness;
    this.#at = (this.#at + 1) % WINDOW;
    this.#seen += 1;
    if (this.#seen < WINDOW) return;
    const centre = this.#window[(this.#at + AROUND) % WINDOW]!;
    if (centre < FLOOR || centre * WINDOW < this.#sum) return; // no rougher than the rest
    this.#judge(centre);
  }

  #fourthDifference(sample: number): number {
    let difference = sample;
    for (let order = 0; order < 4; order += 1) {
      const before = this.#differences[order]!;
      this.#differences[order] = difference;
      difference -= before;
    }
    return difference;
  }

  #judge(centre: number): void {
    let around = this.#sum;
    for (let near = -NEAR; near <= NEAR; near += 1) {
      around -= this.#window[(this.#at + AROUND + near) % WINDOW]!;
    }
    const sharpness = centre / (Math.max(0, around) / (WINDOW - 2 * NEAR - 1) + FLOOR);
    this.#sharpest = Math.max(this.#sharpest, sharpness);
    if (sharpness <= this.#threshold || this.#seen - this.#clickedAt < SAME_CLICK_SAMPLES) return;
    this.#clickedAt = this.#seen;
    this.#clicks += 1;
  }
}
