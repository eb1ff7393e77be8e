/** Nearest-rank percentile. @param share 0 to 1 */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** One line for a list of milliseconds. */
export function describeSamples(samplesMs: readonly number[], unit = "tones"): string {
  const at = (share: number) => percentile(samplesMs, share).toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms (${samplesMs.length} ${unit})`;
}
