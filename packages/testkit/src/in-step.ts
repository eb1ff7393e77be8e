import { resample } from "@rostra/sound";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { fft, inverseFft } from "./fft.ts";

/** Waveforms are compared at this rate: what makes speech intelligible is below half of it. */
const RATE_HZ = 8_000;
/** Long enough to know speech by its waveform, short enough that a jitter buffer moves it once. */
const PIECE = RATE_HZ / 4;
/** A delay that changes costs this much correlation, so that it changes only where it did. */
const MOVE_COST = 0.2;
/** Pieces quieter than this, RMS, have no place of their own: they go with their neighbours. */
const SILENT_RMS = 0.001;
/** Where two pieces meet. */
const SEAM = (SAMPLE_RATE_HZ / 1000) * 2;

export interface InStep {
  /** `heard`, each piece of it moved to where it is in `clean`; as long as `clean`. */
  readonly samples: Float32Array;
  /** How late each quarter of a second was heard, ms. */
  readonly delaysMs: readonly number[];
}

/** How much later than in `clean` a sound may be heard, ms; less than 0 is sooner. */
export interface DelayRange {
  /** Default 0. */
  readonly earliestMs?: number;
  readonly latestMs: number;
}

/**
 * Takes the delay out of what was heard, also one that changes: a jitter buffer holds sound back by
 * more or less as the network goes. For each quarter of a second the delay with the likest waveform
 * is taken, less a price for each change of it (found by dynamic programming), so that a piece that
 * was destroyed stays where its neighbours are instead of where chance would place it.
 * @param clean at 48 kHz, as `heard`
 */
export function inStepWith(
  clean: Float32Array,
  heard: Float32Array,
  { earliestMs = 0, latestMs }: DelayRange,
): InStep {
  // What may come before its time has silence put before it: then nothing does.
  const padded = new Float32Array(
    heard.length + (Math.max(0, -earliestMs) / 1000) * SAMPLE_RATE_HZ,
  );
  padded.set(heard, padded.length - heard.length);
  const x = resample(clean, SAMPLE_RATE_HZ, RATE_HZ);
  const y = resample(padded, SAMPLE_RATE_HZ, RATE_HZ);
  const pieces = Math.floor(x.length / PIECE);
  const maxLag = Math.round(((latestMs + Math.max(0, -earliestMs)) / 1000) * RATE_HZ);
  const scores: Float32Array[] = [];
  const gain = energyOf(y) / energyOf(x);
  for (let piece = 0; piece < pieces; piece += 1) {
    scores.push(
      likenessByLag(
        x.subarray(piece * PIECE, (piece + 1) * PIECE),
        around(y, piece * PIECE, maxLag),
        gain,
      ),
    );
  }
  const lags = cheapestPath(scores);
  return {
    samples: moved(padded, clean.length, lags),
    delaysMs: lags.map((lag) => (lag / RATE_HZ) * 1000 - Math.max(0, -earliestMs)),
  };
}

function energyOf(pcm: Float32Array): number {
  let energy = 1e-12;
  for (const sample of pcm) energy += sample * sample;
  return energy;
}

/** Where a piece that begins at `start` may be found; silence beyond the end. */
function around(pcm: Float32Array, start: number, maxLag: number): Float32Array {
  const out = new Float32Array(PIECE + maxLag);
  out.set(pcm.subarray(start, Math.min(pcm.length, start + out.length)));
  return out;
}

/**
 * Normalised cross-correlation of a piece with each place in `where`. A place that is far quieter than
 * the piece should be there is no likeness, however alike the little is that sounds.
 * @param gain expected energy of a place against that of the piece
 */
function likenessByLag(piece: Float32Array, where: Float32Array, gain: number): Float32Array {
  const scores = new Float32Array(where.length - PIECE + 1);
  const energy = energyOf(piece);
  if (energy < SILENT_RMS * SILENT_RMS * PIECE) return scores;
  const products = crossCorrelation(piece, where);
  const least = 0.5 * gain * energy;
  let window = energyOf(where.subarray(0, PIECE));
  for (let lag = 0; lag < scores.length; lag += 1) {
    scores[lag] = products[lag]! / Math.sqrt(energy * Math.max(window, least));
    window += (where[lag + PIECE] ?? 0) ** 2 - where[lag]! ** 2;
  }
  return scores;
}

function crossCorrelation(piece: Float32Array, around: Float32Array): Float64Array {
  const size = 2 ** Math.ceil(Math.log2(piece.length + around.length));
  const [aRe, aIm, bRe, bIm] = Array.from({ length: 4 }, () => new Float64Array(size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  aRe.set(piece);
  bRe.set(around);
  fft(aRe, aIm);
  fft(bRe, bIm);
  for (let i = 0; i < size; i += 1) {
    const re = aRe[i]! * bRe[i]! + aIm[i]! * bIm[i]!;
    const im = aRe[i]! * bIm[i]! - aIm[i]! * bRe[i]!;
    aRe[i] = re / size;
    aIm[i] = im / size;
  }
  inverseFft(aRe, aIm);
  return aRe;
}

/** For each piece the lag on the best path through all of them (R. Bellman's principle). */
function cheapestPath(scores: readonly Float32Array[]): number[] {
  const best: Float32Array[] = [];
  const cameFrom: Int32Array[] = [];
  for (const [piece, here] of scores.entries()) {
    const before = best[piece - 1];
    const total = Float32Array.from(here);
    const from = Int32Array.from(here, (_, lag) => lag);
    if (before !== undefined) {
      // To stay where one was, or to come from wherever it was best: any other move is dearer.
      const top = before.reduce((most, value, lag) => (value > before[most]! ? lag : most), 0);
      for (let lag = 0; lag < here.length; lag += 1) {
        const moves = before[top]! - MOVE_COST > before[lag]!;
        total[lag] = here[lag]! + (moves ? before[top]! - MOVE_COST : before[lag]!);
        if (moves) from[lag] = top;
      }
    }
    best.push(total);
    cameFrom.push(from);
  }
  const lags: number[] = [];
  const end = best.at(-1) ?? new Float32Array(1);
  let lag = end.reduce((most, value, at) => (value > end[most]! ? at : most), 0);
  for (let piece = scores.length - 1; piece >= 0; piece -= 1) {
    lags.unshift(lag);
    lag = cameFrom[piece]![lag]!;
  }
  return lags;
}

/** Puts each piece where it belongs, with a short crossfade where the delay changes. */
function moved(heard: Float32Array, length: number, lags: readonly number[]): Float32Array {
  const scale = SAMPLE_RATE_HZ / RATE_HZ;
  const out = new Float32Array(length);
  for (let i = 0; i < length; i += 1) {
    const piece = Math.min(lags.length - 1, Math.floor(i / (PIECE * scale)));
    const into = i - piece * PIECE * scale;
    const now = heard[i + Math.round((lags[piece] ?? 0) * scale)] ?? 0;
    const before = heard[i + Math.round((lags[piece - 1] ?? lags[piece] ?? 0) * scale)] ?? 0;
    const share = Math.min(1, into / SEAM);
    out[i] = share * now + (1 - share) * before;
  }
  return out;
}
