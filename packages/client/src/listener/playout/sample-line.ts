/**
 * Samples on their way to the sound card: the inner half of the player, run by the audio thread.
 * Pure, so that it is tested without one.
 */

/** What the audio thread has to say, about ten times a second. */
export interface LineReport {
  /** Samples that wait, silence put in on purpose included. */
  readonly queuedSamples: number;
  /** Frame number whose samples left last; null before the first. */
  readonly playedFrame: number | null;
  /** Samples of the program that left since the report before. */
  readonly programSamples: number;
  /** How often the line ran dry since the beginning. */
  readonly underruns: number;
}

interface Mark {
  /** Where on the line the block begins, in samples from the beginning. */
  readonly at: number;
  readonly frame: number | null;
}

/** Five seconds at 48 kHz; the feeder stays within one. */
const CAPACITY_SAMPLES = 240_000;
/** Interpolation looks at one sample before and two after. */
const LOOKAHEAD = 3;
/** 5 ms up and down wherever sound stops or starts: no clicks. */
const RAMP_SAMPLES = 240;

export class SampleLine {
  readonly #ring = new Float32Array(CAPACITY_SAMPLES);
  readonly #marks: Mark[] = [];
  /** Samples played per sample that leaves: 1, unless resampling. */
  readonly #rate: number;
  #written = 0;
  /** With a fraction: between samples while the rate isn't 1. */
  #read = 0;
  #gain = 0;
  #lastSample = 0;
  /** What is left of sound that was cut off, fading under what follows. */
  #tail = 0;
  #dry = true;
  #playedFrame: number | null = null;
  #programSamples = 0;
  #underruns = 0;

  /** @param outputRateHz rate at which samples leave; they come in at `inputRateHz` */
  constructor(inputRateHz: number, outputRateHz: number) {
    this.#rate = inputRateHz / outputRateHz;
  }

  /**
   * Appends a block. One that doesn't fit is dropped whole: the feeder has lost its mind, and
   * memory is not what it shall take along.
   * @param frame number that the block carries; null for silence put in on purpose
   */
  push(pcm: Float32Array, frame: number | null): void {
    if (this.#written - Math.floor(this.#read) + pcm.length > CAPACITY_SAMPLES - LOOKAHEAD) return;
    this.#marks.push({ at: this.#written, frame });
    const at = this.#written % CAPACITY_SAMPLES;
    const first = Math.min(pcm.length, CAPACITY_SAMPLES - at);
    this.#ring.set(pcm.subarray(0, first), at);
    this.#ring.set(pcm.subarray(first), 0);
    this.#written += pcm.length;
  }

  /** Another line that stands where this one does, for a second channel: so far they are the same. */
  twin(): SampleLine {
    const twin = new SampleLine(this.#rate, 1);
    twin.#ring.set(this.#ring);
    twin.#marks.push(...this.#marks);
    twin.#written = this.#written;
    twin.#read = this.#read;
    twin.#gain = this.#gain;
    twin.#lastSample = this.#lastSample;
    twin.#tail = this.#tail;
    twin.#dry = this.#dry;
    return twin;
  }

  /** Forgets what waits, without a click. */
  clear(): void {
    this.#read = this.#written;
    this.#marks.length = 0;
    this.#gain = 0;
    this.#tail = this.#lastSample;
  }

  /** Fills `target` with what leaves next; the rest of it with fading silence when dry. */
  pull(target: Float32Array): void {
    // Silence is left sample by sample: what follows ramps up.
    if (this.#passMarks() !== null && this.#isPlain(target.length)) {
      this.#copy(target);
      return;
    }
    for (let i = 0; i < target.length; i += 1) {
      if (this.#read + LOOKAHEAD > this.#written) {
        this.#runDry(target, i);
        return;
      }
      if (this.#dry) this.#gain = 0;
      this.#dry = false;
      if (this.#passMarks() !== null) this.#programSamples += 1;
      this.#gain = Math.min(1, this.#gain + 1 / RAMP_SAMPLES);
      this.#tail = faded(this.#tail);
      this.#lastSample = this.#sampleAt(this.#read) * this.#gain + this.#tail;
      target[i] = this.#lastSample;
      this.#read += this.#rate;
    }
  }

  report(): LineReport {
    const programSamples = this.#programSamples;
    this.#programSamples = 0;
    return {
      queuedSamples: Math.max(0, this.#written - Math.floor(this.#read)),
      playedFrame: this.#playedFrame,
      programSamples,
      underruns: this.#underruns,
    };
  }

  #runDry(target: Float32Array, from: number): void {
    if (!this.#dry) {
      this.#dry = true;
      this.#underruns += 1;
    }
    this.#tail = 0;
    for (let i = from; i < target.length; i += 1) {
      this.#lastSample = faded(this.#lastSample);
      target[i] = this.#lastSample;
    }
  }

  /** Nothing to interpolate, to ramp or to run out of: nearly always. */
  #isPlain(samples: number): boolean {
    const whole = this.#rate === 1 && Number.isInteger(this.#read) && this.#tail === 0;
    return (
      whole && this.#gain === 1 && !this.#dry && this.#read + samples + LOOKAHEAD <= this.#written
    );
  }

  #copy(target: Float32Array): void {
    this.#programSamples += target.length;
    const at = this.#read % CAPACITY_SAMPLES;
    const first = Math.min(target.length, CAPACITY_SAMPLES - at);
    target.set(this.#ring.subarray(at, at + first));
    target.set(this.#ring.subarray(0, target.length - first), first);
    this.#lastSample = target[target.length - 1]!;
    this.#read += target.length;
  }

  /** @returns the frame that the reading position is in; null for silence put in on purpose */
  #passMarks(): number | null {
    while (this.#marks.length > 1 && this.#marks[1]!.at <= this.#read) {
      // Out of silence, sound ramps up as it does after running dry.
      if (this.#marks.shift()!.frame === null) this.#gain = 0;
    }
    const frame = this.#marks[0]?.frame ?? null;
    if (frame !== null) this.#playedFrame = frame;
    return frame;
  }

  /** Cubic interpolation (Catmull-Rom) between samples; the sample itself at a whole position. */
  #sampleAt(position: number): number {
    const whole = Math.floor(position);
    const t = position - whole;
    const b = this.#at(whole);
    if (t === 0) return b;
    const a = this.#at(Math.max(0, whole - 1));
    const c = this.#at(whole + 1);
    const d = this.#at(whole + 2);
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  }

  #at(index: number): number {
    return this.#ring[index % CAPACITY_SAMPLES]!;
  }
}

/** The next sample of sound that dies away in some 5 ms. */
function faded(sample: number): number {
  return Math.abs(sample) < 1e-5 ? 0 : sample * (1 - 4 / RAMP_SAMPLES);
}
