import { FRAME_MS } from "@rostra/wire";
import type { TonePeaks } from "./tone-peaks.ts";

/** Frequencies that are followed at once. */
const TRACKS = 6;
/** Frames of memory: 800 ms. */
const MEMORY = 40;
/** How far a tone may wander from frame to frame: a howl stays where the loop's gain is highest. */
const MAX_STEP_HZ = 8;
/** IPMP: share of the frames in which the tone is a candidate. */
const LEAST_SHARE = 0.9;
/** A tone that grows is a howl sooner than one that only stays. */
const GROWING_FRAMES = 13;
const GROWING_DB_PER_SECOND = 6;
const STAYING_FRAMES = 20;
/**
 * One that stays must have grown at this rate before, in either time: an instrument's note is there at
 * once, a loop's tone takes at least a few rounds.
 */
const GROWN_DB_PER_SECOND = 4;
const QUICK_FRAMES = 8;
const QUICK_DB_PER_SECOND = 15;
/** What stands so long without having grown is a howl that was there before, or grew too fast to be seen. */
const UNGROWN_FRAMES = 75;
/** It must be most of what there is: a held note among others is music. */
const LEAST_PAPR_DB = 18;
/** Instruments and voices have a second harmonic, a howl has one at full scale alone. */
const LEAST_PURITY_DB = 40;
/** A struck or plucked note fades; a howl never does while its loop stands. */
const FADING_DB_PER_SECOND = -4;
/** How far a tone may wander, and its level stray from a straight line (in dB over time) on average: IMSD. */
interface Line {
  readonly wanderHz: number;
  readonly deviationDb: number;
}

const STRAIGHT: Line = { wanderHz: 3, deviationDb: 1.5 };
/**
 * A long loop has several modes within a few Hz, which beat, and repeats what was said: its tone is less
 * straight, but clearer, for longer.
 */
const LOOSE: Line = { wanderHz: 12, deviationDb: 5 };
const LOOSE_FRAMES = 30;
const LOOSE_PAPR_DB = 19;
/** The tone of a howl that was heard within the last ten seconds is believed after so many. */
const KNOWN_FRAMES = 6;
const KNOWN_FOR_FRAMES = 500;

interface Track {
  bin: number;
  /** Frames since it began, and in how many of the last MEMORY it was there. */
  age: number;
  hits: number;
  /** Whether it has been seen to grow. */
  hasGrown: boolean;
  readonly bins: Float32Array;
  /** Level in each frame, dB; NaN: not a candidate in that frame. */
  readonly levels: Float32Array;
  readonly prominences: Float32Array;
  readonly purities: Float32Array;
}

/**
 * Follows candidate tones through time: how persistently each is there (IPMP, interframe peak
 * magnitude persistence) and how far its level strays from a straight line in dB (after IMSD,
 * interframe magnitude slope deviation: a howl grows exponentially, so its dB grow linearly).
 * Where IMSD compares slopes over all sub-spans, this takes the mean distance from the regression
 * line over the whole span, which needs no square of the span's length.
 */
export class HowlTracks {
  readonly #maxStep: number;
  readonly #binHz: number;
  readonly #tracks: readonly Track[] = Array.from({ length: TRACKS }, () => ({
    bin: 0,
    age: 0,
    hits: 0,
    hasGrown: false,
    bins: new Float32Array(MEMORY),
    levels: new Float32Array(MEMORY).fill(Number.NaN),
    prominences: new Float32Array(MEMORY),
    purities: new Float32Array(MEMORY),
  }));
  #frame = 0;
  #howlBin = 0;
  #howlFrame = Number.NEGATIVE_INFINITY;

  constructor(binHz: number) {
    this.#binHz = binHz;
    this.#maxStep = MAX_STEP_HZ / binHz;
  }

  /** Of the last howl, Hz; 0: none yet. */
  get frequencyHz(): number {
    return this.#howlBin * this.#binHz;
  }

  /**
   * @param peaks of the next frame
   * @param isFull whether the microphone is at full scale
   * @returns whether one of them is a howl
   */
  push(peaks: TonePeaks, isFull: boolean): boolean {
    this.#frame += 1;
    const slot = this.#frame % MEMORY;
    for (const track of this.#tracks) {
      if (track.hits === 0) continue;
      track.age += 1;
      if (!Number.isNaN(track.levels[slot]!)) track.hits -= 1;
      track.levels[slot] = Number.NaN;
    }
    if (peaks.count === 0) return false;
    for (let i = 0; i < peaks.count; i += 1) this.#follow(peaks, i, slot);
    let howls = false;
    for (const track of this.#tracks) {
      if (track.hits === 0 || Number.isNaN(track.levels[slot]!)) continue;
      if (!this.#isHowl(track, isFull)) continue;
      howls = true;
      this.#howlBin = track.bin;
      this.#howlFrame = this.#frame;
    }
    return howls;
  }

  #follow(peaks: TonePeaks, index: number, slot: number): void {
    const bin = peaks.bins[index]!;
    let track = this.#nearest(bin);
    if (track === undefined) {
      track = this.#idlest();
      track.age = 1;
      track.hits = 0;
      track.hasGrown = false;
      track.levels.fill(Number.NaN);
    }
    if (Number.isNaN(track.levels[slot]!)) track.hits += 1;
    track.bin = bin;
    track.bins[slot] = bin;
    track.levels[slot] = peaks.levels[index]!;
    track.prominences[slot] = peaks.prominences[index]!;
    track.purities[slot] = peaks.purities[index]!;
  }

  #nearest(bin: number): Track | undefined {
    let nearest: Track | undefined;
    for (const track of this.#tracks) {
      if (track.hits === 0) continue;
      const distance = Math.abs(track.bin - bin);
      if (distance > this.#maxStep) continue;
      if (nearest === undefined || distance < Math.abs(nearest.bin - bin)) nearest = track;
    }
    return nearest;
  }

  #idlest(): Track {
    let idlest = this.#tracks[0]!;
    for (const track of this.#tracks) if (track.hits < idlest.hits) idlest = track;
    return idlest;
  }

  #isHowl(track: Track, isFull: boolean): boolean {
    const isKnown =
      this.#frame - this.#howlFrame < KNOWN_FOR_FRAMES &&
      Math.abs(track.bin - this.#howlBin) <= 2 * this.#maxStep;
    if (isKnown) return this.#stays(track, KNOWN_FRAMES) > Number.NEGATIVE_INFINITY;
    const growth = this.#stays(track, GROWING_FRAMES);
    track.hasGrown ||=
      growth >= GROWN_DB_PER_SECOND || this.#stays(track, QUICK_FRAMES) >= QUICK_DB_PER_SECOND;
    if (!(isFull || isPure(track))) return false;
    if (this.#isLooseHowl(track, isFull)) return true;
    if (!this.#isMostOfAll(track, STAYING_FRAMES, LEAST_PAPR_DB)) return false;
    if (growth >= GROWING_DB_PER_SECOND) return true;
    if (!track.hasGrown && !isFull && track.age < UNGROWN_FRAMES) return false;
    return this.#stays(track, STAYING_FRAMES) > Number.NEGATIVE_INFINITY;
  }

  #isLooseHowl(track: Track, isFull: boolean): boolean {
    const growth = this.#stays(track, LOOSE_FRAMES, LOOSE);
    if (growth < (isFull ? FADING_DB_PER_SECOND : GROWING_DB_PER_SECOND)) return false;
    return this.#isMostOfAll(track, LOOSE_FRAMES, LOOSE_PAPR_DB);
  }

  /** PAPR on average over those of the last frames in which the tone was there. */
  #isMostOfAll({ levels, prominences }: Track, frames: number, leastDb: number): boolean {
    let [sum, hits] = [0, 0];
    for (let back = 0; back < frames; back += 1) {
      const slot = this.#slot(back);
      if (Number.isNaN(levels[slot]!)) continue;
      sum += prominences[slot]!;
      hits += 1;
    }
    return sum >= hits * leastDb;
  }

  #slot(back: number): number {
    return (this.#frame - back + MEMORY * 2) % MEMORY;
  }

  /** @returns slope of the tone over its last frames, dB a second; -Infinity: not steady, or fading */
  #stays(track: Track, frames: number, line = STRAIGHT): number {
    if (track.age < frames) return Number.NEGATIVE_INFINITY;
    let [hits, sumT, sumTT, sumL, sumTL] = [0, 0, 0, 0, 0];
    let [lowest, highest] = [Number.POSITIVE_INFINITY, 0];
    for (let back = 0; back < frames; back += 1) {
      const slot = this.#slot(back);
      const level = track.levels[slot]!;
      if (Number.isNaN(level)) continue;
      hits += 1;
      sumT -= back;
      sumTT += back * back;
      sumL += level;
      sumTL -= back * level;
      lowest = Math.min(lowest, track.bins[slot]!);
      highest = Math.max(highest, track.bins[slot]!);
    }
    if (hits < LEAST_SHARE * frames || hits < 3) return Number.NEGATIVE_INFINITY;
    if ((highest - lowest) * this.#binHz > line.wanderHz) return Number.NEGATIVE_INFINITY;
    const slope = (hits * sumTL - sumT * sumL) / (hits * sumTT - sumT * sumT);
    const start = (sumL - slope * sumT) / hits;
    const perSecond = (slope * 1000) / FRAME_MS;
    const isSteady = this.#deviation(track, frames, start, slope) <= line.deviationDb;
    return isSteady && perSecond >= FADING_DB_PER_SECOND ? perSecond : Number.NEGATIVE_INFINITY;
  }

  #deviation(track: Track, frames: number, start: number, slope: number): number {
    let [sum, hits] = [0, 0];
    for (let back = 0; back < frames; back += 1) {
      const level = track.levels[this.#slot(back)]!;
      if (Number.isNaN(level)) continue;
      sum += Math.abs(level - (start - slope * back));
      hits += 1;
    }
    return sum / hits;
  }

  reset(): void {
    for (const track of this.#tracks) {
      track.levels.fill(Number.NaN);
      track.hits = 0;
    }
    this.#howlFrame = Number.NEGATIVE_INFINITY;
  }
}

/** At its purest: in other moments a voice lies where the second harmonic would. */
function isPure({ levels, purities }: Track): boolean {
  for (let i = 0; i < MEMORY; i += 1) {
    if (!Number.isNaN(levels[i]!) && purities[i]! >= LEAST_PURITY_DB) return true;
  }
  return false;
}
