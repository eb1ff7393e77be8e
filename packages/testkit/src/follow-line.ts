import { resample } from "@rostra/sound";
import { SAMPLE_RATE_HZ } from "@rostra/wire";

/** Waveforms are compared at this rate: what makes speech intelligible is below half of it. */
const RATE_HZ = 8_000;
/** Short enough that sound which was made shorter or longer is still like itself in it. */
const PIECE = RATE_HZ / 25;
const PIECE_MS = (PIECE / RATE_HZ) * 1_000;
/** Quieter than this, RMS, a piece has no place of its own. */
const QUIET_RMS = 0.01;
/** As quiet as this, RMS, a codec never is. */
const DRY_RMS = 1e-7;
/** Where a piece may be beside where it should be: a cut or two of a pitch period. */
const AROUND = (RATE_HZ / 1_000) * 30;
/** So like the line that there is no doubt where it is. */
const PLACED = 0.85;
/** Beginnings that are tried: each is looked for on the whole line. */
const MAX_TRIES = 5;
/** The first piece is long: all of it needn't be compared. */
const FIRST_STRIDE = 5;
/** Fastest that a player plays, and a little. */
const FASTEST = 1.35;

/** Where on the line a piece of what was heard comes from. */
export interface LinePiece {
  /** Into what was heard, ms. */
  readonly heardMs: number;
  /** Into the line, ms. */
  readonly lineMs: number;
  /** Normalised correlation of the waveforms, -1 to 1: another pitch makes it small. */
  readonly likeness: number;
}

/**
 * Follows what was heard along the line that it comes from, 40 ms at a time, as it may have been
 * played a little faster or slower, or stood still: each piece is looked for only where it can be if
 * nothing was left out or played twice. What has no voice in it is passed over.
 * @param line all that was said, at 48 kHz, as `heard`
 */
export function followLine(line: Float32Array, heard: Float32Array): LinePiece[] {
  const x = resample(line, SAMPLE_RATE_HZ, RATE_HZ);
  const y = resample(heard, SAMPLE_RATE_HZ, RATE_HZ);
  const pieces: LinePiece[] = [];
  let last: { readonly at: number; readonly place: number } | undefined;
  for (let at = 0; at + PIECE <= y.length; at += PIECE) {
    const piece = y.subarray(at, at + PIECE);
    const level = rms(piece);
    // No program is that silent: the sound card ran dry, and the line stood still.
    if (level < DRY_RMS && last !== undefined) last = { ...last, at: last.at + PIECE };
    if (level < QUIET_RMS) continue;
    // The first one may be anywhere, and is looked for with what follows it.
    const sought = last === undefined ? y.subarray(at, at + 8 * PIECE) : piece;
    const [from, to] = last === undefined ? [0, x.length] : reach(last, at);
    const found = bestPlace(x, sought, from, to, last === undefined ? FIRST_STRIDE : 1);
    // Where even the first one isn't like anything, a gap went through it: the next may be.
    const isPlaced = last !== undefined || found.likeness > PLACED || pieces.length >= MAX_TRIES;
    if (isPlaced) last = { at, place: found.place };
    pieces.push({
      heardMs: (at / RATE_HZ) * 1_000,
      lineMs: (found.place / RATE_HZ) * 1_000,
      likeness: found.likeness,
    });
  }
  return pieces;
}

/** Without a pause in between at the speed of play, after one from where it was. */
function reach(last: { readonly at: number; readonly place: number }, at: number) {
  const passed = at - last.at;
  const slowest = passed > PIECE ? 0 : passed * 0.85;
  return [last.place + slowest - AROUND, last.place + passed * FASTEST + AROUND] as const;
}

/** @param stride samples of the piece that are compared: every one, every second... */
function bestPlace(
  line: Float32Array,
  piece: Float32Array,
  from: number,
  to: number,
  stride: number,
) {
  let best = { place: Math.max(0, Math.round(from)), likeness: -1 };
  const end = Math.min(line.length - piece.length, Math.round(to));
  for (let place = best.place; place <= end; place += 1) {
    const likeness = correlation(piece, line, place, stride);
    if (likeness > best.likeness) best = { place, likeness };
  }
  return best;
}

function correlation(
  piece: Float32Array,
  line: Float32Array,
  place: number,
  stride: number,
): number {
  let [product, a, b] = [0, 1e-9, 1e-9];
  for (let i = 0; i < piece.length; i += stride) {
    const [heard, said] = [piece[i]!, line[place + i]!];
    product += heard * said;
    a += heard * heard;
    b += said * said;
  }
  return product / Math.sqrt(a * b);
}

function rms(pcm: Float32Array): number {
  return Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);
}

/** Line that was played per time that it took, between two moments of what was heard. */
export function speedBetween(pieces: readonly LinePiece[], fromMs: number, toMs: number): number {
  const within = pieces.filter(({ heardMs }) => heardMs >= fromMs && heardMs <= toMs);
  const [first, last] = [within[0], within.at(-1)];
  if (first === undefined || last === undefined || last.heardMs - first.heardMs < PIECE_MS) {
    return Number.NaN;
  }
  return (last.lineMs - first.lineMs) / (last.heardMs - first.heardMs);
}
