import { resample } from "@rostra/sound";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { fft } from "./fft.ts";

/**
 * STOI: how much of speech can be understood, 0 to 1, after C. H. Taal, R. C. Hendriks, R. Heusdens
 * and J. Jensen, "An Algorithm for Intelligibility Prediction of Time-Frequency Weighted Noisy
 * Speech", IEEE Transactions on Audio, Speech, and Language Processing 19(7), 2011. Its constants:
 */
const RATE_HZ = 10_000;
const FRAME = 256;
const HOP = FRAME / 2;
const FFT_SIZE = 512;
const BANDS = 15;
const LOWEST_BAND_HZ = 150;
/** Frames so much quieter than the loudest are silence, which says nothing of speech. */
const SILENCE_DB = 40;
/** Nothing this quiet is speech at all. */
const NO_SOUND_DB = -60;
/** Frames that are judged together: 384 ms. */
const SEGMENT = 30;
/** Signal to distortion below this counts as this. */
const LOWEST_SDR_DB = -15;

const CLIP = 1 + 10 ** (-LOWEST_SDR_DB / 20);
const TINY = Number.EPSILON;

/** Too short, or silent: nothing can be said of such speech. */
export class IntelligibilityError extends Error {}

/**
 * STOI of `heard` against `clean`: both at 48 kHz, in step with each other to some milliseconds (see
 * `inStepWith`). 1 for the same sound, however loud; 0.9 and more is clear, below 0.6 it is hard.
 * @throws {IntelligibilityError} where there are less than 384 ms of speech
 */
export function intelligibility(clean: Float32Array, heard: Float32Array): number {
  const length = Math.min(clean.length, heard.length);
  const [x, y] = withoutSilence(
    resample(clean.subarray(0, length), SAMPLE_RATE_HZ, RATE_HZ),
    resample(heard.subarray(0, length), SAMPLE_RATE_HZ, RATE_HZ),
  );
  const cleanBands = bandsOf(x);
  const heardBands = bandsOf(y);
  const frames = cleanBands[0]!.length;
  if (frames < SEGMENT) throw new IntelligibilityError("less than 384 ms of speech");
  let sum = 0;
  for (let end = SEGMENT; end <= frames; end += 1) {
    for (let band = 0; band < BANDS; band += 1) {
      const from = end - SEGMENT;
      sum += likeness(cleanBands[band]!.subarray(from, end), heardBands[band]!.subarray(from, end));
    }
  }
  return sum / ((frames - SEGMENT + 1) * BANDS);
}

/** One band of one segment: `heard` is made as loud as `clean`, clipped, and correlated. */
function likeness(clean: Float64Array, heard: Float64Array): number {
  let [energyX, energyY] = [0, 0];
  for (let i = 0; i < SEGMENT; i += 1) {
    energyX += clean[i]! * clean[i]!;
    energyY += heard[i]! * heard[i]!;
  }
  const gain = Math.sqrt(energyX) / (Math.sqrt(energyY) + TINY);
  let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < SEGMENT; i += 1) {
    const a = clean[i]!;
    const b = Math.min(heard[i]! * gain, a * CLIP);
    x += a;
    y += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  const spread = Math.max(0, xx - (x * x) / SEGMENT) * Math.max(0, yy - (y * y) / SEGMENT);
  return (xy - (x * y) / SEGMENT) / (Math.sqrt(spread) + TINY);
}

/** Hann, without its zeros at the ends. */
const WINDOW = Float64Array.from(
  { length: FRAME },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 1)) / (FRAME + 1)),
);

/** Takes the frames in which `clean` is silent out of both, and joins what is left. */
function withoutSilence(clean: Float32Array, heard: Float32Array): [Float64Array, Float64Array] {
  const starts: number[] = [];
  const levels: number[] = [];
  for (let start = 0; start + FRAME < clean.length; start += HOP) {
    let energy = 0;
    for (let i = 0; i < FRAME; i += 1) energy += (WINDOW[i]! * clean[start + i]!) ** 2;
    starts.push(start);
    levels.push(10 * Math.log10(energy + TINY * TINY));
  }
  const loudest = levels.reduce((a, b) => Math.max(a, b), NO_SOUND_DB);
  const kept = starts.filter((_, index) => levels[index]! > loudest - SILENCE_DB);
  return [joined(clean, kept), joined(heard, kept)];
}

function joined(pcm: Float32Array, starts: readonly number[]): Float64Array {
  const out = new Float64Array(Math.max(0, (starts.length - 1) * HOP + FRAME));
  for (const [index, start] of starts.entries()) {
    for (let i = 0; i < FRAME; i += 1) out[index * HOP + i]! += WINDOW[i]! * pcm[start + i]!;
  }
  return out;
}

/** First and last FFT bin (exclusive) of each third of an octave. */
const BAND_BINS = Array.from({ length: BANDS }, (_, band) => {
  const bin = (hz: number) => Math.round((hz * FFT_SIZE) / RATE_HZ);
  return [
    bin(LOWEST_BAND_HZ * 2 ** ((2 * band - 1) / 6)),
    bin(LOWEST_BAND_HZ * 2 ** ((2 * band + 1) / 6)),
  ] as const;
});

/** Amplitude of each band in each frame. */
function bandsOf(pcm: Float64Array): Float64Array[] {
  const frames = Math.max(0, Math.ceil((pcm.length - FRAME) / HOP));
  const bands = BAND_BINS.map(() => new Float64Array(frames));
  const re = new Float64Array(FFT_SIZE);
  const im = new Float64Array(FFT_SIZE);
  for (let frame = 0; frame < frames; frame += 1) {
    re.fill(0);
    im.fill(0);
    for (let i = 0; i < FRAME; i += 1) re[i] = WINDOW[i]! * pcm[frame * HOP + i]!;
    fft(re, im);
    for (const [band, [low, high]] of BAND_BINS.entries()) {
      let energy = 0;
      for (let bin = low; bin < high; bin += 1) energy += re[bin]! ** 2 + im[bin]! ** 2;
      bands[band]![frame] = Math.sqrt(energy);
    }
  }
  return bands;
}
