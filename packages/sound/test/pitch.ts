import { SAMPLE_RATE_HZ } from "@rostra/wire";

const WINDOW = 0.04 * SAMPLE_RATE_HZ;
const MIN_LAG = SAMPLE_RATE_HZ / 400;
const MAX_LAG = SAMPLE_RATE_HZ / 60;
/** Below, a window is no vowel. */
const VOICED = 0.8;

/**
 * Pitch at each 20 ms of a voice, Hz, by the first peak of the normalised autocorrelation that comes
 * near the highest; null where nothing is voiced.
 */
function pitchTrack(pcm: Float32Array): (number | null)[] {
  const track: (number | null)[] = [];
  for (let at = 0; at + WINDOW + MAX_LAG <= pcm.length; at += WINDOW / 2) {
    track.push(pitchAt(pcm, at));
  }
  return track;
}

/** Median pitch of what is voiced, Hz. */
export function medianPitch(pcm: Float32Array): number {
  const voiced = pitchTrack(pcm)
    .filter((hz) => hz !== null)
    .sort((a, b) => a - b);
  return voiced[Math.floor(voiced.length / 2)] ?? Number.NaN;
}

function pitchAt(pcm: Float32Array, at: number): number | null {
  const scores: number[] = [];
  let energy = 0;
  for (let i = 0; i < WINDOW; i += 1) energy += pcm[at + i]! ** 2;
  if (energy / WINDOW < 1e-5) return null;
  for (let lag = MIN_LAG; lag <= MAX_LAG; lag += 1) scores.push(correlation(pcm, at, lag));
  const best = Math.max(...scores);
  if (best < VOICED) return null;
  const peak = scores.findIndex(
    (score, i) => score > 0.93 * best && score >= (scores[i + 1] ?? -1),
  );
  return SAMPLE_RATE_HZ / (MIN_LAG + peak);
}

function correlation(pcm: Float32Array, at: number, lag: number): number {
  let [product, a, b] = [0, 1e-9, 1e-9];
  for (let i = 0; i < WINDOW; i += 3) {
    const x = pcm[at + i]!;
    const y = pcm[at + i + lag]!;
    product += x * y;
    a += x * x;
    b += y * y;
  }
  return product / Math.sqrt(a * b);
}

/** How far apart two pitches are, in cents: a hundredth of a semitone. */
export function cents(a: number, b: number): number {
  return 1_200 * Math.log2(a / b);
}
