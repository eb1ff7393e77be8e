import { FRAME_SAMPLES } from "@rostra/wire";

/**
 * Fills in for lost frames, for decoders that can't: goes on with the last pitch period of what was
 * heard, fading out, and blends back into what follows. A short loss becomes a held vowel instead
 * of a click; a long one becomes silence.
 */

/** Fundamental frequencies of speech: 480 Hz down to 60 Hz, at 48 kHz. */
const MIN_PERIOD = 100;
const MAX_PERIOD = 800;
/** Compared when looking for the period: 10 ms. */
const MATCH_SAMPLES = 480;
/** 5 ms of cross-fade where real sound begins again. */
const BLEND_SAMPLES = 240;
/** Gain lost per concealed frame: three frames to silence. */
const FADE_PER_FRAME = 1 / 3;
const HISTORY_SAMPLES = MAX_PERIOD + MATCH_SAMPLES;

export class Concealer {
  /** What left last. */
  readonly #history = new Float32Array(HISTORY_SAMPLES);
  /** The period that is being repeated; null while nothing is concealed. */
  #period: Float32Array | null = null;
  #phase = 0;
  #gain = 1;

  /** 20 ms in place of a lost frame. */
  conceal(): Float32Array<ArrayBuffer> {
    if (this.#period === null) {
      this.#period = this.#history.slice(HISTORY_SAMPLES - this.#findPeriod());
      this.#phase = 0;
      this.#gain = 1;
    }
    const pcm = this.#extend(this.#period, FRAME_SAMPLES);
    this.#remember(pcm);
    return pcm;
  }

  /**
   * The first real frame after something that didn't lead up to it: a concealed frame, a jump.
   * Changes `pcm` in place.
   */
  join(pcm: Float32Array): void {
    const period = this.#period ?? this.#history.slice(HISTORY_SAMPLES - this.#findPeriod());
    const length = Math.min(BLEND_SAMPLES, pcm.length);
    const old = this.#extend(period, length);
    for (let i = 0; i < length; i += 1) {
      const weight = (i + 1) / (length + 1);
      pcm[i] = pcm[i]! * weight + old[i]! * (1 - weight);
    }
    this.#period = null;
    this.#phase = 0;
    this.#gain = 1;
    this.#remember(pcm);
  }

  /** A real frame; blended where frames before it were concealed. */
  pass(pcm: Float32Array): void {
    if (this.#period === null) this.#remember(pcm);
    else this.join(pcm);
  }

  #remember(pcm: Float32Array): void {
    const tail = pcm.subarray(Math.max(0, pcm.length - HISTORY_SAMPLES));
    this.#history.copyWithin(0, tail.length);
    this.#history.set(tail, HISTORY_SAMPLES - tail.length);
  }

  #extend(period: Float32Array, length: number): Float32Array<ArrayBuffer> {
    const pcm = new Float32Array(length);
    const fade = FADE_PER_FRAME / FRAME_SAMPLES;
    for (let i = 0; i < length; i += 1) {
      pcm[i] = period[this.#phase]! * this.#gain;
      this.#phase = (this.#phase + 1) % period.length;
      this.#gain = Math.max(0, this.#gain - fade);
    }
    return pcm;
  }

  /** The lag at which the last 10 ms resemble what came before best (normalised correlation). */
  #findPeriod(): number {
    const end = HISTORY_SAMPLES - MATCH_SAMPLES;
    let best = MAX_PERIOD;
    let bestScore = 0;
    // Every second lag and sample: half the pitch resolution is plenty for some 20 ms.
    for (let lag = MIN_PERIOD; lag <= MAX_PERIOD; lag += 2) {
      let product = 0;
      let energy = 1e-9;
      for (let i = 0; i < MATCH_SAMPLES; i += 2) {
        const then = this.#history[end - lag + i]!;
        product += this.#history[end + i]! * then;
        energy += then * then;
      }
      const score = product / Math.sqrt(energy);
      if (score > bestScore) {
        bestScore = score;
        best = lag;
      }
    }
    return best;
  }
}
