/** Buckets of 1 ms up to here; above it, each octave is cut into this many. */
const LINEAR = 64;
/** Up to 2^22 ms: over an hour. */
const OCTAVES = 16;
const BUCKETS = LINEAR * (1 + OCTAVES);

/** What another process is told of a histogram: pairs of bucket and count, and the largest value. */
export interface HistogramData {
  readonly buckets: readonly number[];
  readonly max: number;
}

/**
 * Counts of milliseconds, in buckets whose width grows with the value: at most 1 ms or 1.6% off
 * (the layout of HdrHistogram). A fixed 9 KB, whatever is counted; any number of them add up.
 */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  /** The largest value itself; 0 for none. */
  get max(): number {
    return this.#max;
  }

  /** @param valueMs below 0 counts as 0 */
  add(valueMs: number): void {
    const value = Math.max(0, valueMs);
    this.#counts[bucketOf(value)]! += 1;
    this.#count += 1;
    if (value > this.#max) this.#max = value;
  }

  /**
   * The value that `share` of all are at or below: the upper end of its bucket, at most `max`.
   * @returns undefined where nothing was counted
   */
  percentile(share: number): number | undefined {
    if (this.#count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket]!;
      if (seen >= rank) return Math.min(this.#max, upperEnd(bucket));
    }
    return this.#max;
  }

  /** How many are above `valueMs`, give or take the bucket that it's in. */
  above(valueMs: number): number {
    let count = 0;
    for (let bucket = bucketOf(valueMs) + 1; bucket < BUCKETS; bucket += 1) {
      count += this.#counts[bucket]!;
    }
    return count;
  }

  merge(data: HistogramData): void {
    for (let at = 0; at < data.buckets.length; at += 2) {
      this.#counts[data.buckets[at]!]! += data.buckets[at + 1]!;
      this.#count += data.buckets[at + 1]!;
    }
    this.#max = Math.max(this.#max, data.max);
  }

  toData(): HistogramData {
    const buckets: number[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      if (this.#counts[bucket]! > 0) buckets.push(bucket, this.#counts[bucket]!);
    }
    return { buckets, max: this.#max };
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#max = 0;
  }

  /** Points of the cumulative curve: value in ms, share at or below it. */
  curve(): { readonly valueMs: number; readonly share: number }[] {
    const points: { valueMs: number; share: number }[] = [];
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const count = this.#counts[bucket]!;
      if (count === 0) continue;
      seen += count;
      points.push({ valueMs: Math.min(this.#max, upperEnd(bucket)), share: seen / this.#count });
    }
    return points;
  }
}

function bucketOf(value: number): number {
  if (value < LINEAR) return Math.floor(value);
  // Octave 0 is 64 to 128 ms.
  const octave = Math.min(OCTAVES - 1, 31 - Math.clz32(value / LINEAR));
  const within = Math.min(LINEAR - 1, Math.floor(value / 2 ** octave) - LINEAR);
  return LINEAR * (1 + octave) + within;
}

function upperEnd(bucket: number): number {
  if (bucket < LINEAR) return bucket + 1;
  const octave = Math.floor(bucket / LINEAR) - 1;
  return (LINEAR + (bucket % LINEAR) + 1) * 2 ** octave;
}
