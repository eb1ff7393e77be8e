/** What silence reads as, in LUFS: far below anything that is gated in. */
export const SILENCE_LUFS = -120;

/** Makes a 997 Hz sine at 0 dBFS in one channel read -3.01 LUFS (BS.1770-5, Annex 1). */
const OFFSET_LU = -0.691;

/** @param meanSquare of the K-weighted samples, summed over the channels */
export function lufsOf(meanSquare: number): number {
  if (!(meanSquare > 0)) return SILENCE_LUFS;
  return Math.max(SILENCE_LUFS, OFFSET_LU + 10 * Math.log10(meanSquare));
}

/** The inverse of {@link lufsOf}. */
export function meanSquareOf(lufs: number): number {
  return 10 ** ((lufs - OFFSET_LU) / 10);
}
