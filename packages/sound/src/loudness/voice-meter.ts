import { SAMPLE_RATE_HZ } from "@rostra/wire";

/**
 * Half the sample rate: of each pair of samples the mean is filtered, which costs half as much. What
 * the mean leaves out of a pair, half its difference, is the sound's upper end; there the filters
 * are flat, so its power is added as it is, times their gain. Together they lose nothing: the power
 * of a pair is that of its mean and of half its difference.
 */
const RATE_HZ = SAMPLE_RATE_HZ / 2;
/** What K-weighting adds at the upper end: 4 dB. */
const UPPER_GAIN = 10 ** (3.999843853973347 / 10);

/** Rumble and mains hum below about 100 Hz are not voice: one-pole high-pass. */
const RUMBLE = Math.exp((-2 * Math.PI * 100) / RATE_HZ);

const { b0: SHELF_B0, b1: SHELF_B1, b2: SHELF_B2, a1: SHELF_A1, a2: SHELF_A2 } = shelf();
const { a1: PASS_A1, a2: PASS_A2 } = highPass();

/** Filters that ring below this do so for nobody, and slow the processor down (denormals). */
const INAUDIBLE = 1e-18;

/** Louder samples than this are no sound: +80 dBFS. Bounded, so that sums stay finite. */
const MAX_SAMPLE = 1e4;

/** How loud one piece of a voice is, in the three ways that the stage asks. All are mean squares. */
export interface VoiceReading {
  readonly samples: number;
  /** As it is: 1 for a full-scale square wave. */
  readonly plain: number;
  /** Without rumble: what tells whether somebody speaks. */
  readonly voice: number;
  /** K-weighted, as loudness is measured (ITU-R BS.1770-5). */
  readonly weighted: number;
}

/**
 * Measures a voice once for all who want to know how loud it is, in one pass. A tenth of a LU off
 * what {@link LoudnessMeter} reads of a voice. Constant memory, nothing is allocated per frame.
 */
export class VoiceMeter implements VoiceReading {
  samples = 0;
  plain = 0;
  voice = 0;
  weighted = 0;
  #lastInput = 0;
  #lastOutput = 0;
  // Transposed direct form II: two states for each of the two filters of the weighting.
  #shelf1 = 0;
  #shelf2 = 0;
  #pass1 = 0;
  #pass2 = 0;

  /**
   * @param pcm the next sound, mono; of an odd number of samples the last isn't looked at
   * @returns valid until the next
   */
  measure(pcm: Float32Array): VoiceReading {
    // Asked once, not at each sample: next to no frame holds anything that isn't sound.
    if (!this.#take(pcm, MAX_SAMPLE ** 2)) this.#take(pcm.map(bounded), Number.POSITIVE_INFINITY);
    return this;
  }

  /** @returns false, and nothing has changed, where the sum of the squares is above `most`, or no number */
  #take(pcm: Float32Array, most: number): boolean {
    const pairs = pcm.length >> 1;
    // In locals and by index: this runs for every voice in every tick.
    let [last, output] = [this.#lastInput, this.#lastOutput];
    let [s1, s2, p1, p2] = [this.#shelf1, this.#shelf2, this.#pass1, this.#pass2];
    let [plain, upper, voice, weighted] = [0, 0, 0, 0];
    for (let i = 0; i < 2 * pairs; i += 2) {
      const a = pcm[i]!;
      const b = pcm[i + 1]!;
      plain += a * a + b * b;
      const input = (a + b) / 2;
      upper += (input - b) * (input - b);
      output = RUMBLE * (output + input - last);
      last = input;
      voice += output * output;
      const shelved = SHELF_B0 * input + s1;
      s1 = SHELF_B1 * input - SHELF_A1 * shelved + s2;
      s2 = SHELF_B2 * input - SHELF_A2 * shelved;
      const heard = shelved + p1;
      p1 = -2 * shelved - PASS_A1 * heard + p2;
      p2 = shelved - PASS_A2 * heard;
      weighted += heard * heard;
    }
    if (!(plain <= most)) return false;
    this.#lastInput = last;
    this.#lastOutput = audible(output);
    this.#shelf1 = audible(s1);
    this.#shelf2 = audible(s2);
    this.#pass1 = audible(p1);
    this.#pass2 = audible(p2);
    const count = Math.max(1, pairs);
    this.samples = pcm.length;
    this.plain = plain / (2 * count);
    this.voice = (voice + upper) / count;
    this.weighted = (weighted + UPPER_GAIN * upper) / count;
    return true;
  }
}

/**
 * The shelf of K-weighting for any rate: the analog filter that BS.1770's table 1 was made of, by
 * the bilinear transform (B. De Man, "Evaluation of implementations of the EBU R128 loudness
 * measurement", AES 145, 2018). At 48 kHz it gives that table.
 */
function shelf() {
  const k = Math.tan((Math.PI * 1681.974450955533) / RATE_HZ);
  const q = 0.7071752369554196;
  const high = 10 ** (3.999843853973347 / 20);
  const band = high ** 0.4996667741545416;
  const a0 = 1 + k / q + k * k;
  return {
    b0: (high + (band * k) / q + k * k) / a0,
    b1: (2 * (k * k - high)) / a0,
    b2: (high - (band * k) / q + k * k) / a0,
    a1: (2 * (k * k - 1)) / a0,
    a2: (1 - k / q + k * k) / a0,
  };
}

/** As {@link shelf}, for table 2. Its numerator is 1, -2, 1 at any rate. */
function highPass() {
  const k = Math.tan((Math.PI * 38.13547087602444) / RATE_HZ);
  const q = 0.5003270373238773;
  const a0 = 1 + k / q + k * k;
  return { a1: (2 * (k * k - 1)) / a0, a2: (1 - k / q + k * k) / a0 };
}

function bounded(sample: number): number {
  if (Number.isNaN(sample)) return 0;
  return Math.max(-MAX_SAMPLE, Math.min(MAX_SAMPLE, sample));
}

function audible(state: number): number {
  return Math.abs(state) < INAUDIBLE ? 0 : state;
}
