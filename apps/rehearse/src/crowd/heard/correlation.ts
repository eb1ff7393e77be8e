/** Below this, dBFS RMS, 20 ms count as silent. The holding sound is at -40. */
const SILENT_DBFS = -60;
const SILENT_RMS = 10 ** (SILENT_DBFS / 20);

/**
 * Pearson's correlation of two loudness curves as they come in, in constant memory, with what the
 * first of them sounds like. One value is the RMS of 20 ms, 0 to 1.
 */
export class LoudnessMatch {
  #count = 0;
  #sumA = 0;
  #sumB = 0;
  #sumAA = 0;
  #sumBB = 0;
  #sumAB = 0;
  #silentRun = 0;
  #longestSilentRun = 0;

  /** @param heard what the listener heard; @param program what was on air */
  add(heard: number, program: number): void {
    this.#count += 1;
    this.#sumA += heard;
    this.#sumB += program;
    this.#sumAA += heard * heard;
    this.#sumBB += program * program;
    this.#sumAB += heard * program;
    this.#silentRun = heard < SILENT_RMS ? this.#silentRun + 1 : 0;
    this.#longestSilentRun = Math.max(this.#longestSilentRun, this.#silentRun);
  }

  /** -1 to 1; null where either is flat, or nothing was compared. */
  get correlation(): number | null {
    const n = this.#count;
    const spreadA = this.#sumAA - (this.#sumA * this.#sumA) / n;
    const spreadB = this.#sumBB - (this.#sumB * this.#sumB) / n;
    if (!(n > 1 && spreadA > 1e-12 && spreadB > 1e-12)) return null;
    const common = this.#sumAB - (this.#sumA * this.#sumB) / n;
    return common / Math.sqrt(spreadA * spreadB);
  }

  /** Mean level of what was heard, dBFS RMS; null for nothing, or digital silence. */
  get levelDbfs(): number | null {
    const mean = this.#sumAA / this.#count;
    return mean > 0 ? 10 * Math.log10(mean) : null;
  }

  /** The longest stretch below -60 dBFS, frames of 20 ms. */
  get longestSilentFrames(): number {
    return this.#longestSilentRun;
  }
}

/** RMS of samples from -1 to 1. */
export function rms(pcm: Float32Array): number {
  let energy = 0;
  for (const sample of pcm) energy += sample * sample;
  return Math.sqrt(energy / Math.max(1, pcm.length));
}
