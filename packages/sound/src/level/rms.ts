/** What digital silence reads as: below anything that 24 bits can say. */
export const SILENCE_DBFS = -150;

/**
 * Mean level in dB relative to full scale, where a full-scale square wave is 0 and a full-scale
 * sine is -3. At least {@link SILENCE_DBFS}, which also stands for no samples at all.
 */
export function rmsDbfs(pcm: Float32Array): number {
  let energy = 0;
  for (const sample of pcm) energy += sample * sample;
  return energyDbfs(energy / Math.max(1, pcm.length));
}

/** @param meanSquare mean of the squared samples */
export function energyDbfs(meanSquare: number): number {
  return meanSquare > 0 ? Math.max(SILENCE_DBFS, 10 * Math.log10(meanSquare)) : SILENCE_DBFS;
}
