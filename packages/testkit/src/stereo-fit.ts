import { sideOf } from "@rostra/sound";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { findVoice } from "./voice-fit.ts";

/** One side of stereo, beside what was said on each. */
export interface SideFit {
  /**
   * How alike its wave is to what was said on it, -1 to 1: the median of the half seconds in which
   * something was said, each where it was heard. So neither where a jitter buffer moved it counts, nor a packet that came late now and then.
   */
  readonly likeness: number;
  /**
   * How loud the other side's voice is in it, as a factor of its own voice's loudness, by their
   * waves. Two voices that have nothing to do with each other come to less than 0.02 by chance.
   */
  readonly leak: number;
}

/** A jitter buffer that stretches sound moves it by 12.5 ms at a time: each piece is placed anew. */
const PIECE_SAMPLES = SAMPLE_RATE_HZ / 2;
/** Loudness tells the place of a voice this exactly, or better. */
const FIRST_REACH = 0.06 * SAMPLE_RATE_HZ;
const NEXT_REACH = 0.03 * SAMPLE_RATE_HZ;
/** Less alike than this, a piece is a pause, or spoilt: it says nothing of what leaks. */
const ALIKE = 0.3;
/** Of a voice's mean power: what is below is a pause. */
const SAID_SHARE = 0.1;
/** Of the samples of a piece this many tell its place as well as all. */
const STRIDE = 7;

/**
 * How stereo is heard that was sent as one: a voice on each side, both said over and over in loops of
 * equal length.
 * @param heard interleaved
 */
export function fitSides(
  heard: Float32Array,
  left: Float32Array,
  right: Float32Array,
): Readonly<Record<"left" | "right", SideFit>> {
  return {
    left: fitSide(sideOf(heard, "left"), left, right),
    right: fitSide(sideOf(heard, "right"), right, left),
  };
}

function fitSide(heard: Float32Array, own: Float32Array, other: Float32Array): SideFit {
  const { phaseMs } = findVoice(heard, own);
  const leastPower = SAID_SHARE * powerOf(own, 0, own.length);
  const likenesses: number[] = [];
  let place = Math.round((phaseMs / 1_000) * SAMPLE_RATE_HZ);
  let reach = FIRST_REACH;
  let [aa, bb, ab, ha, hb] = [0, 0, 0, 0, 0];
  for (let start = 0; start + PIECE_SAMPLES <= heard.length; start += PIECE_SAMPLES) {
    const piece = heard.subarray(start, start + PIECE_SAMPLES);
    const found = placeOf(piece, own, place, reach);
    reach = found.alike < ALIKE ? FIRST_REACH : NEXT_REACH;
    if (powerOf(own, place, PIECE_SAMPLES) > leastPower) likenesses.push(found.alike);
    place += PIECE_SAMPLES;
    if (found.alike < ALIKE) continue;
    place = found.place + PIECE_SAMPLES;
    for (let i = 0; i < piece.length; i += 1) {
      const at = inLoop(found.place + i, own.length);
      const [a, b, h] = [own[at]!, other[at]!, piece[i]!];
      aa += a * a;
      bb += b * b;
      ab += a * b;
      ha += h * a;
      hb += h * b;
    }
  }
  // Least squares of h = x a + y b; both scaled to how loud the voices were said.
  const x = (ha * bb - hb * ab) / (aa * bb - ab * ab);
  const y = (hb * aa - ha * ab) / (aa * bb - ab * ab);
  const likeness = likenesses.sort((a, b) => a - b)[likenesses.length >> 1] ?? 0;
  return { likeness, leak: Math.abs((y * Math.sqrt(bb)) / (x * Math.sqrt(aa))) };
}

/** Where in its loop a voice is as a piece begins: the place where their waves are most alike. */
function placeOf(piece: Float32Array, loop: Float32Array, about: number, reach: number) {
  let best = { place: about, alike: -1 };
  for (let place = about - reach; place <= about + reach; place += 1) {
    let [product, energy, loopEnergy] = [0, 1e-9, 1e-9];
    let at = inLoop(place, loop.length);
    for (let i = 0; i < piece.length; i += STRIDE) {
      product += piece[i]! * loop[at]!;
      energy += piece[i]! * piece[i]!;
      loopEnergy += loop[at]! * loop[at]!;
      at += STRIDE;
      if (at >= loop.length) at -= loop.length;
    }
    const alike = product / Math.sqrt(energy * loopEnergy);
    if (alike > best.alike) best = { place, alike };
  }
  return best;
}

/** Mean power of so many samples of a loop. */
function powerOf(loop: Float32Array, from: number, samples: number): number {
  let energy = 0;
  for (let i = 0; i < samples; i += 1) energy += loop[inLoop(from + i, loop.length)]! ** 2;
  return energy / samples;
}

function inLoop(index: number, length: number): number {
  return ((index % length) + length) % length;
}
