import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { fourierOf } from "../../src/guard/fourier.ts";

/** Repeatable randomness (linear congruential), 0 to 1. */
function random(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const TAPS = 160;
const ROOM_MS = 300;
/** 60 dB of decay, ms. */
const REVERBERATION_MS = 400;
/** Of the one-pole filters at 200 Hz and 6 kHz. */
const LOW = 0.026;
const HIGH = 0.54;

/**
 * What a small loudspeaker in a room does to sound on its way to the microphone: a direct path and
 * sparse reflections of random sign that decay ("velvet noise": M. Karjalainen and H. Jarvelainen,
 * AES 30th conference, 2007), as loud together as the direct path; no bass, no top.
 */
export class Room {
  readonly #at: Int32Array;
  readonly #gains: Float32Array;
  readonly #line = new Float32Array(1 << 17);
  #now = 0;
  #low = 0;
  #high = 0;
  readonly #delay: number;

  /** @param delayMs of the direct path, the network's part included */
  constructor(seed: number, delayMs: number) {
    const next = random(seed);
    this.#delay = Math.round((delayMs * SAMPLE_RATE_HZ) / 1000);
    const span = (ROOM_MS * SAMPLE_RATE_HZ) / 1000;
    this.#at = Int32Array.from({ length: TAPS }, (_, i) =>
      i === 0 ? 0 : Math.round(((i + next()) * span) / TAPS),
    );
    const decay = (i: number) =>
      10 ** ((-3 * this.#at[i]!) / ((REVERBERATION_MS / 1000) * SAMPLE_RATE_HZ));
    const late = Float32Array.from({ length: TAPS }, (_, i) => (next() < 0.5 ? -1 : 1) * decay(i));
    const energy = late.subarray(1).reduce((sum, value) => sum + value * value, 0);
    this.#gains = late.map((value, i) => (i === 0 ? 1 : value / Math.sqrt(energy)));
  }

  /** What of all that was played reaches the microphone during the next frame. */
  heard(samples: number): Float32Array<ArrayBuffer> {
    const mask = this.#line.length - 1;
    const out = new Float32Array(samples);
    for (let i = 0; i < samples; i += 1) {
      const from = this.#now + i - this.#delay;
      let sum = 0;
      for (let tap = 0; tap < TAPS; tap += 1) {
        sum += this.#line[(from - this.#at[tap]!) & mask]! * this.#gains[tap]!;
      }
      out[i] = this.#coloured(sum);
    }
    return out;
  }

  /** One-pole high-pass at 200 Hz, low-pass at 6 kHz: a laptop's loudspeaker. */
  #coloured(sample: number): number {
    this.#low += LOW * (sample - this.#low);
    this.#high += HIGH * (sample - this.#low - this.#high);
    return this.#high;
  }

  play(pcm: Float32Array): void {
    const mask = this.#line.length - 1;
    for (const [i, sample] of pcm.entries()) this.#line[(this.#now + i) & mask] = sample;
    this.#now += pcm.length;
  }

  /** What becomes of a tone on its way, the delay included: a complex factor. */
  response(hz: number): readonly [re: number, im: number] {
    const angle = (-2 * Math.PI * hz) / SAMPLE_RATE_HZ;
    let [re, im] = [0, 0];
    for (let tap = 0; tap < TAPS; tap += 1) {
      const turn = angle * (this.#at[tap]! + this.#delay);
      re += this.#gains[tap]! * Math.cos(turn);
      im += this.#gains[tap]! * Math.sin(turn);
    }
    const [low, high] = [onePole(LOW, angle), onePole(HIGH, angle)];
    return times(times([re, im], [1 - low[0], -low[1]]), high);
  }

  /** The highest gain at any frequency: a loop around the room is stable below one over it. */
  static peakGain(seed: number): number {
    const size = 1 << 15;
    const room = new Room(seed, 0);
    const impulse = new Float32Array(size);
    impulse[0] = 1;
    room.play(impulse);
    room.#now = 0;
    const response = room.heard(size);
    const re = new Float32Array(size / 2 + 1);
    const im = new Float32Array(size / 2 + 1);
    fourierOf(size).forward(response, re, im);
    return re.reduce((most, value, k) => Math.max(most, Math.hypot(value, im[k]!)), 0);
  }
}

/** What a one-pole low-pass makes of a tone that turns by `angle` a sample. */
function onePole(share: number, angle: number): readonly [re: number, im: number] {
  const re = 1 - (1 - share) * Math.cos(angle);
  const im = -(1 - share) * Math.sin(angle);
  const size = re * re + im * im;
  return [(share * re) / size, (-share * im) / size];
}

function times([a, b]: readonly [number, number], [c, d]: readonly [number, number]) {
  return [a * c - b * d, a * d + b * c] as const;
}
