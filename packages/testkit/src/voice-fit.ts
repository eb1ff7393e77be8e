import { SAMPLE_RATE_HZ } from "@rostra/wire";

/** Length of the windows whose loudness is compared: two frames, far shorter than a syllable. */
const WINDOW_MS = 40;
/** Voices are placed this exactly: half a window beside its place, a voice looks less like itself. */
const STEP_MS = 10;
const WINDOW_STEPS = WINDOW_MS / STEP_MS;
/** Range of the stage's jitter buffer: no voice moves by more. */
const MOVE_STEPS = 200 / STEP_MS;
const SEGMENT_WINDOWS = 4_000 / WINDOW_MS;
const STEP_SAMPLES = (SAMPLE_RATE_HZ / 1000) * STEP_MS;
const WINDOW_SAMPLES = STEP_SAMPLES * WINDOW_STEPS;

export interface VoiceFit {
  /** Pearson correlation of the heard envelope with that of the fitted sum, -1 to 1. */
  readonly correlation: number;
  /** For each voice: how far into its loop the recording begins, ms. */
  readonly phasesMs: readonly number[];
  /** For each voice: how loud it is heard, as a factor. 0: not at all. */
  readonly gains: readonly number[];
}

/** RMS of each 40 ms window. */
export function envelopeOf(samples: Float32Array): Float64Array {
  const windows = Math.floor(samples.length / WINDOW_SAMPLES);
  return Float64Array.from({ length: windows }, (_, index) => {
    const start = index * WINDOW_SAMPLES;
    let energy = 0;
    for (let i = start; i < start + WINDOW_SAMPLES; i += 1) energy += samples[i]! * samples[i]!;
    return Math.sqrt(energy / WINDOW_SAMPLES);
  });
}

/**
 * How well what was heard is the sum of two voices, each said over and over: finds where in its loop
 * each voice is and how loud (a microphone's automatic gain is not ours to judge), then correlates.
 * Powers add, as they do for sounds that have nothing to do with each other. A jitter buffer that
 * adapts moves a voice in time by up to its range: each few seconds are placed anew within that.
 */
export function fitVoices(
  heard: Float32Array,
  first: Float32Array,
  second: Float32Array,
): VoiceFit {
  const power = squares(envelopeOf(heard));
  const loops = [loopPower(first), loopPower(second)] as const;
  const ends = loops.map((loop) => loop.length - 1);
  const whole = bestFit(power, loops, { from: [0, 0], to: ends, step: WINDOW_STEPS });
  const model = new Float64Array(power.length);
  for (let start = 0; start < power.length; start += SEGMENT_WINDOWS) {
    const end = Math.min(start + SEGMENT_WINDOWS, power.length);
    const expected = whole.phases.map((phase) => phase + start * WINDOW_STEPS);
    const from = expected.map((phase) => phase - MOVE_STEPS);
    const to = expected.map((phase) => phase + MOVE_STEPS);
    const { phases } = bestFit(power.subarray(start, end), loops, { from, to, step: 1 });
    for (let i = start; i < end; i += 1) {
      const steps = (i - start) * WINDOW_STEPS;
      const [a, b] = [at(loops[0], phases[0]! + steps), at(loops[1], phases[1]! + steps)];
      model[i] = Math.sqrt(whole.gains[0]! * a + whole.gains[1]! * b);
    }
  }
  return {
    correlation: pearson(power.map(Math.sqrt), model),
    phasesMs: whole.phases.map((phase) => phase * STEP_MS),
    gains: whole.gains.map(Math.sqrt),
  };
}

/** Power of a loop in a window that begins at each step, round its end. */
function loopPower(samples: Float32Array): Float64Array {
  const steps = Math.floor(samples.length / STEP_SAMPLES);
  const energies = Float64Array.from({ length: steps }, (_, step) => {
    let energy = 0;
    for (const x of samples.subarray(step * STEP_SAMPLES, (step + 1) * STEP_SAMPLES)) {
      energy += x * x;
    }
    return energy;
  });
  return energies.map((_, step) => {
    let energy = 0;
    for (let i = 0; i < WINDOW_STEPS; i += 1) energy += at(energies, step + i);
    return energy / WINDOW_SAMPLES;
  });
}

/** Where to look for each of two voices: places in their loops, in steps. */
interface Search {
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly step: number;
}

/** The phases, and the gains there, that explain `power` best. */
function bestFit(
  power: Float64Array,
  loops: readonly [Float64Array, Float64Array],
  { from, to, step }: Search,
): { phases: number[]; gains: number[] } {
  let best = { phases: [0, 0], gains: [0, 0], error: Number.POSITIVE_INFINITY };
  for (let a = from[0]!; a <= to[0]!; a += step) {
    for (let b = from[1]!; b <= to[1]!; b += step) {
      const fit = leastSquares(power, loops[0], a, loops[1], b);
      if (fit.error < best.error) best = { phases: [a, b], ...fit };
    }
  }
  return best;
}

/**
 * How loud two voices are in what was heard, as factors, where it is known how far apart their loops
 * are: the second isn't looked for elsewhere, so chance can't find it where it is not.
 * @param apartMs how much further into its loop the second is than the first
 */
export function gainsOf(
  heard: Float32Array,
  first: Float32Array,
  second: Float32Array,
  apartMs: number,
): readonly number[] {
  const power = squares(envelopeOf(heard));
  const loops = [loopPower(first), loopPower(second)] as const;
  const begin = Math.round(findVoice(heard, first).phaseMs / STEP_MS);
  const places = [begin, begin + Math.round(apartMs / STEP_MS)];
  const from = places.map((place) => place - MOVE_STEPS);
  const to = places.map((place) => place + MOVE_STEPS);
  return bestFit(power, loops, { from, to, step: WINDOW_STEPS }).gains.map(Math.sqrt);
}

/** As {@link fitVoices}, for one voice: where in its loop it is heard, and how alike it is. */
export function findVoice(
  heard: Float32Array,
  voice: Float32Array,
): { readonly correlation: number; readonly phaseMs: number } {
  const nobody = new Float32Array(WINDOW_SAMPLES);
  const { correlation, phasesMs } = fitVoices(heard, voice, nobody);
  return { correlation, phaseMs: phasesMs[0]! };
}

/**
 * How alike a voice and what was heard are about one place in the voice's loop: the best within
 * `toleranceMs`. Where the place is known, chance can't find a better one.
 */
export function voiceAt(
  heard: Float32Array,
  voice: Float32Array,
  phaseMs: number,
  toleranceMs: number,
): number {
  const envelope = envelopeOf(heard);
  const loop = loopPower(voice).map(Math.sqrt);
  let best = -1;
  const range = toleranceMs - (toleranceMs % WINDOW_MS);
  for (let ms = phaseMs - range; ms <= phaseMs + range; ms += WINDOW_MS) {
    best = Math.max(best, correlationAt(envelope, loop, Math.round(ms / STEP_MS)));
  }
  return best;
}

function squares(values: Float64Array): Float64Array {
  return values.map((value) => value * value);
}

/** A value of a loop, at any index. */
function at(loop: Float64Array, index: number): number {
  return loop[inLoop(index, loop.length)]!;
}

function inLoop(index: number, length: number): number {
  return ((index % length) + length) % length;
}

function correlationAt(envelope: Float64Array, loop: Float64Array, phase: number): number {
  return pearson(
    envelope,
    envelope.map((_, i) => at(loop, phase + i * WINDOW_STEPS)),
  );
}

/** Non-negative gains g, h that bring g*a + h*b nearest to `power`, and the error that stays. */
function leastSquares(
  power: Float64Array,
  loopA: Float64Array,
  phaseA: number,
  loopB: Float64Array,
  phaseB: number,
): { gains: [number, number]; error: number } {
  let [aa, bb, ab, pa, pb, pp] = [0, 0, 0, 0, 0, 0];
  let indexA = inLoop(phaseA, loopA.length);
  let indexB = inLoop(phaseB, loopB.length);
  for (const p of power) {
    const a = loopA[indexA]!;
    const b = loopB[indexB]!;
    indexA += WINDOW_STEPS;
    if (indexA >= loopA.length) indexA -= loopA.length;
    indexB += WINDOW_STEPS;
    if (indexB >= loopB.length) indexB -= loopB.length;
    aa += a * a;
    bb += b * b;
    ab += a * b;
    pa += p * a;
    pb += p * b;
    pp += p * p;
  }
  const gains = nonNegative({ aa, bb, ab, pa, pb });
  const [g, h] = gains;
  const error = pp - 2 * (g * pa + h * pb) + g * g * aa + 2 * g * h * ab + h * h * bb;
  return { gains, error };
}

/** Solves the two normal equations; a voice that would be subtracted isn't there. */
function nonNegative(sums: Record<"aa" | "bb" | "ab" | "pa" | "pb", number>): [number, number] {
  const { aa, bb, ab, pa, pb } = sums;
  const determinant = aa * bb - ab * ab;
  const alone = (product: number, energy: number) =>
    energy > 0 ? Math.max(0, product / energy) : 0;
  if (determinant <= 1e-30) return aa >= bb ? [alone(pa, aa), 0] : [0, alone(pb, bb)];
  const g = (pa * bb - pb * ab) / determinant;
  const h = (pb * aa - pa * ab) / determinant;
  if (g < 0) return [0, alone(pb, bb)];
  return h < 0 ? [alone(pa, aa), 0] : [g, h];
}

function pearson(a: Float64Array, b: Float64Array): number {
  const n = Math.min(a.length, b.length);
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i += 1) {
    sumA += a[i]!;
    sumB += b[i]!;
    sumAA += a[i]! * a[i]!;
    sumBB += b[i]! * b[i]!;
    sumAB += a[i]! * b[i]!;
  }
  const spread = (sumAA - (sumA * sumA) / n) * (sumBB - (sumB * sumB) / n);
  return spread > 0 ? (sumAB - (sumA * sumB) / n) / Math.sqrt(spread) : 0;
}
