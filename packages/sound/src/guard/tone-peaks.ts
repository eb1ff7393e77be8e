/** Peaks that one frame may bring forward. */
const MOST_PEAKS = 3;
const LOWEST_HZ = 180;
const HIGHEST_HZ = 7_500;

// What a peak must stand out by, dB. A sine alone reads 25 against the average of 513 bins.
const PAPR_DB = 15;
/** Against the bins 78 to 125 Hz away on either side: beyond the window's own main lobe. */
const PNPR_DB = 18;
const NEIGHBOUR_BINS = [5, 6, 7, 8] as const;
/** Against twice and three times the frequency, and against the half: a voice has a series. */
const PHPR_DB = 20;
const HARMONICS = [2, 0.5, 1.5] as const;

/**
 * The narrow peaks of a power spectrum, strongest first, by three of the criteria of
 * {@link HowlDetector}: peak to average power (PAPR), peak to neighbouring power (PNPR) and peak
 * to harmonic power (PHPR), all as ratios of power in dB.
 */
export class TonePeaks {
  readonly #lowest: number;
  readonly #highest: number;
  /** Frequency of each peak in bins, between the bins too. */
  readonly bins = new Float32Array(MOST_PEAKS);
  /** Power of each peak, dB. */
  readonly levels = new Float32Array(MOST_PEAKS);
  /** PAPR of each peak, dB. */
  readonly prominences = new Float32Array(MOST_PEAKS);
  /** How far the sound at twice its frequency lies under each peak, dB. */
  readonly purities = new Float32Array(MOST_PEAKS);
  #count = 0;
  #averageLevel = 0;

  constructor(binHz: number) {
    this.#lowest = Math.ceil(LOWEST_HZ / binHz);
    this.#highest = Math.floor(HIGHEST_HZ / binHz);
  }

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
  }

  find(power: Float32Array): void {
    this.clear();
    let sum = 0;
    for (let k = 0; k < power.length; k += 1) sum += power[k]!;
    this.#averageLevel = decibels(sum / power.length);
    const least = (sum / power.length) * 10 ** (PAPR_DB / 10);
    for (let k = this.#lowest; k <= this.#highest; k += 1) {
      const value = power[k]!;
      if (value < least || value < power[k - 1]! || value <= power[k + 1]!) continue;
      if (!isNarrow(power, k)) continue;
      const middle = k + vertex(power[k - 1]!, value, power[k + 1]!);
      if (isAlone(power, k, middle)) this.#insert(power, k, middle);
    }
  }

  #insert(power: Float32Array, k: number, middle: number): void {
    const level = decibels(power[k]!);
    let at = this.#count;
    while (at > 0 && this.levels[at - 1]! < level) at -= 1;
    if (at >= MOST_PEAKS) return;
    for (let i = Math.min(this.#count, MOST_PEAKS - 1); i > at; i -= 1) {
      this.bins[i] = this.bins[i - 1]!;
      this.levels[i] = this.levels[i - 1]!;
      this.prominences[i] = this.prominences[i - 1]!;
      this.purities[i] = this.purities[i - 1]!;
    }
    this.bins[at] = middle;
    this.levels[at] = level;
    this.prominences[at] = level - this.#averageLevel;
    this.purities[at] = level - decibels(highestNear(power, Math.round(2 * middle)));
    this.#count = Math.min(MOST_PEAKS, this.#count + 1);
  }
}

function decibels(power: number): number {
  return 10 * Math.log10(power + 1e-20);
}

/** PNPR. */
function isNarrow(power: Float32Array, k: number): boolean {
  const most = power[k]! / 10 ** (PNPR_DB / 10);
  for (const distance of NEIGHBOUR_BINS) {
    if ((power[k - distance] ?? 0) > most || (power[k + distance] ?? 0) > most) return false;
  }
  return true;
}

/** PHPR: of peaks where a voice's series would have them. The slope of some other peak says nothing. */
function isAlone(power: Float32Array, k: number, middle: number): boolean {
  const most = power[k]! / 10 ** (PHPR_DB / 10);
  for (const harmonic of HARMONICS) {
    const bin = Math.round(middle * harmonic);
    if (bin < 4) continue;
    for (let near = bin - 1; near <= bin + 1; near += 1) {
      const value = power[near] ?? 0;
      if (value <= most) continue;
      if (value >= power[near - 1]! && value >= (power[near + 1] ?? 0)) return false;
    }
  }
  return true;
}

function highestNear(power: Float32Array, bin: number): number {
  return Math.max(power[bin - 1] ?? 0, power[bin] ?? 0, power[bin + 1] ?? 0);
}

/** Where the parabola through three powers in dB has its top: -0.5 to 0.5 bins from the middle. */
function vertex(left: number, middle: number, right: number): number {
  const [a, b, c] = [decibels(left), decibels(middle), decibels(right)];
  const bend = a - 2 * b + c;
  return bend < 0 ? Math.max(-0.5, Math.min(0.5, (a - c) / (2 * bend))) : 0;
}
