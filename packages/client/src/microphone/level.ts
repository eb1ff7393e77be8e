/** Loudness of the microphone, for a meter. */

export interface MicrophoneLevel {
  /** 0 to 1, even on the ear's scale: -60 dBFS and less to 0 dBFS. */
  readonly level: number;
  /** RMS of the last 43 ms; -100 for silence. */
  readonly dbfs: number;
}

export const SILENT_LEVEL: MicrophoneLevel = { level: 0, dbfs: -100 };

const FLOOR_DBFS = -60;

/** @param pcm samples of -1 to 1 */
export function levelOf(pcm: Float32Array): MicrophoneLevel {
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  const rms = pcm.length === 0 ? 0 : Math.sqrt(sum / pcm.length);
  const dbfs = Math.max(SILENT_LEVEL.dbfs, 20 * Math.log10(rms));
  return { level: Math.min(1, Math.max(0, 1 - dbfs / FLOOR_DBFS)), dbfs };
}
