import { fourierOf } from "./fourier.ts";
import type { Line } from "./line.ts";

/** 64 ms at 4 kHz, each 32 ms: short enough for syllables. */
const WINDOW = 256;
const HOP = WINDOW / 2;
const COLUMNS = 14;
/** Bands of 78 Hz, from 160 to 1,870 Hz. */
const FIRST_BIN = 10;
const BAND_BINS = 5;
const BANDS = 22;
/** What lies so far under the mean of all is silence in both, whatever hisses there: -25 dB. */
const FLOOR = 0.003;

/** Samples that are compared: 0.48 s. */
export const COLOURED_SAMPLES = WINDOW + (COLUMNS - 1) * HOP;

// What lives no longer than one comparison is there once for all speakers, and stays in the cache.
const hann = Float32Array.from(
  { length: WINDOW },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / WINDOW),
);
const pcm = new Float32Array(WINDOW);
const re = new Float32Array(WINDOW / 2 + 1);
const im = new Float32Array(WINDOW / 2 + 1);
const ofMic = new Float32Array(COLUMNS * BANDS);
const ofSent = new Float32Array(COLUMNS * BANDS);
const columnMeans = new Float32Array(COLUMNS);
const bandMeans = new Float32Array(BANDS);

/**
 * How far the colours of one sound's last half second are those of another's, earlier: the correlation of
 * their spectrograms in dB, where neither how loud each moment is nor how loud each band is on the whole
 * counts. So neither gain nor a room's colour matters, nor that two voices begin together, nor that they
 * have one pitch: their vowels are others. Real echoes reach 0.6 to 0.95, under their owner's own voice 0.1
 * to 0.5; of the peaks in seven hours of sounds that had nothing to do with each other none reached 0.76.
 * @param back how much earlier, samples
 * @returns -1 to 1
 */
export function likenessOfColours(mic: Line, sent: Line, back: number): number {
  readColours(mic, 0, ofMic);
  readColours(sent, back, ofSent);
  let [mics, sents, both] = [1e-9, 1e-9, 0];
  for (let i = 0; i < ofMic.length; i += 1) {
    const [m, s] = [ofMic[i]!, ofSent[i]!];
    mics += m * m;
    sents += s * s;
    both += m * s;
  }
  return both / Math.sqrt(mics * sents);
}

/** Logarithms of power by moment and band, less the mean of each moment and of each band. */
function readColours(line: Line, back: number, into: Float32Array): void {
  const fft = fourierOf(WINDOW);
  let sum = 0;
  for (let column = 0; column < COLUMNS; column += 1) {
    line.copy(line.length - back - WINDOW - column * HOP, hann, pcm, 0);
    fft.forward(pcm, re, im);
    for (let band = 0; band < BANDS; band += 1) {
      const power = bandPower(FIRST_BIN + band * BAND_BINS);
      into[column * BANDS + band] = power;
      sum += power;
    }
  }
  const floor = (FLOOR * sum) / into.length + 1e-12;
  for (let i = 0; i < into.length; i += 1) into[i] = Math.log(into[i]! + floor);
  centre(into);
}

function bandPower(first: number): number {
  let power = 0;
  for (let k = first; k < first + BAND_BINS; k += 1) power += re[k]! * re[k]! + im[k]! * im[k]!;
  return power;
}

function centre(grid: Float32Array): void {
  columnMeans.fill(0);
  bandMeans.fill(0);
  let mean = 0;
  for (let i = 0; i < grid.length; i += 1) {
    const column = Math.floor(i / BANDS);
    columnMeans[column] = columnMeans[column]! + grid[i]! / BANDS;
    bandMeans[i % BANDS] = bandMeans[i % BANDS]! + grid[i]! / COLUMNS;
    mean += grid[i]! / grid.length;
  }
  for (let i = 0; i < grid.length; i += 1) {
    grid[i] = grid[i]! - columnMeans[Math.floor(i / BANDS)]! - bandMeans[i % BANDS]! + mean;
  }
}
