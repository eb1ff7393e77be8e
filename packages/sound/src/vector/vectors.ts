import type { Channels } from "@rostra/wire";
import { wasmModule } from "../guard/vector/wasm.ts";
import { MOST_SAMPLES, PLACES, TAP_PAIRS, vectorLoops } from "./loops.ts";

type Loops = Readonly<Record<keyof ReturnType<typeof vectorLoops>, (...bytes: number[]) => void>>;

/** All that is asked of the platform; neither Node's types nor a library without a browser names it. */
interface Platform {
  readonly WebAssembly: {
    readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object, imports: object) => { readonly exports: Loops };
  };
}

const LANES = 4;

/**
 * Loops over sound, four samples at a time. What they work on is copied into a memory of their own, and
 * back: that costs a tenth of what JavaScript takes for the loop. One for a thread, for all who need it: nothing
 * in it outlives a call but what is said to.
 */
class Vectors {
  /** What is worked on; the first samples of it. */
  readonly pcm: Float32Array<ArrayBuffer>;
  /** Results of {@link blockPeaks} and {@link truePeaks}. Valid until the next call of any. */
  readonly out: Float32Array<ArrayBuffer>;
  /** For {@link ramps}: the gain at each block's beginning, and by how much it grows with each sample. */
  readonly from: Float32Array<ArrayBuffer>;
  readonly step: Float32Array<ArrayBuffer>;
  readonly #other: Float32Array<ArrayBuffer>;
  readonly #int16: Int16Array<ArrayBuffer>;
  readonly #loops: Loops;
  readonly #ahead: Float32Array<ArrayBuffer>;
  readonly #gain: Float32Array<ArrayBuffer>;
  /** Upper and lower. */
  readonly #limits: Float32Array<ArrayBuffer>;
  #channels: Channels | undefined;
  #taps: readonly number[] | undefined;
  /** Views of as many samples as were asked for last. */
  #frame: Float32Array<ArrayBuffer>;
  #int16Frame: Int16Array<ArrayBuffer>;

  constructor() {
    const { WebAssembly } = globalThis as unknown as Platform;
    const memory = new WebAssembly.Memory({ initial: 1 });
    const module = new WebAssembly.Module(wasmModule(vectorLoops()));
    this.#loops = new WebAssembly.Instance(module, { env: { memory } }).exports;
    const floats = (place: number, length: number) =>
      new Float32Array(memory.buffer, place, length);
    this.pcm = floats(PLACES.pcm, MOST_SAMPLES);
    this.out = floats(PLACES.out, MOST_SAMPLES);
    this.from = floats(PLACES.from, MOST_SAMPLES / LANES);
    this.step = floats(PLACES.step, MOST_SAMPLES / LANES);
    this.#other = floats(PLACES.other, MOST_SAMPLES);
    this.#ahead = floats(PLACES.ahead, 2 * LANES);
    this.#gain = floats(PLACES.gain, LANES);
    this.#limits = floats(PLACES.limit, 2 * LANES);
    this.#int16 = new Int16Array(memory.buffer, PLACES.out, MOST_SAMPLES);
    this.#frame = this.pcm;
    this.#int16Frame = this.#int16;
    floats(PLACES.infinity, LANES).fill(Number.POSITIVE_INFINITY);
    floats(PLACES.int16Scale, LANES).fill(2 ** 15);
  }

  /** Takes at most {@link MOST_SAMPLES} in, zeros behind them up to a multiple of `block`. */
  take(pcm: Float32Array, block = LANES): void {
    this.pcm.set(pcm);
    if (pcm.length % block !== 0) this.pcm.fill(0, pcm.length, roundedUp(pcm.length, block));
  }

  /** Copies what came of it back. */
  give(pcm: Float32Array): void {
    if (this.#frame.length !== pcm.length) this.#frame = this.pcm.subarray(0, pcm.length);
    pcm.set(this.#frame);
  }

  /** What was taken += `other` * gain. */
  mix(other: Float32Array, gain: number): void {
    this.#other.set(other);
    if (gain !== this.#gain[0]) this.#gain.fill(gain);
    this.#loops.mix(bytesOf(other.length));
  }

  /**
   * The greatest magnitude of each block of the `samples` that were taken, to `out`.
   * @returns false where there is anything that isn't a finite number: it counts for nothing
   */
  blockPeaks(samples: number, block: number): boolean {
    const blocks = Math.ceil(samples / block);
    this.#loops.peaks(4 * blocks, 4 * block);
    const { out } = this;
    const odd =
      out[LANES * blocks]! +
      out[LANES * blocks + 1]! +
      out[LANES * blocks + 2]! +
      out[LANES * blocks + 3]!;
    for (let i = 0, at = 0; i < blocks; i += 1, at += LANES) {
      out[i] = Math.max(out[at]!, out[at + 1]!, out[at + 2]!, out[at + 3]!);
    }
    return odd === 0;
  }

  /**
   * Turns the blocks of the `samples` that were taken by what stands in `from` and `step`, and clips them.
   * @param block samples, of all channels
   * @param limit the most that is left
   */
  ramps(samples: number, block: number, channels: Channels, limit: number): void {
    this.#countFor(channels);
    if (limit !== this.#limits[0]) this.#limits.fill(limit, 0, LANES).fill(-limit, LANES);
    this.#loops.ramps(4 * Math.ceil(samples / block), 4 * block);
  }

  /** One ramp over the `samples` that were taken, mono. @returns the sum of their squares after it */
  rampPower(samples: number, from: number, step: number): number {
    this.#countFor(1);
    this.from[0] = from;
    this.step[0] = step;
    this.#loops.rampPower(bytesOf(samples));
    const { out } = this;
    return out[0]! + out[1]! + out[2]! + out[3]!;
  }

  /** @returns `pcm` as whole numbers of 16 bits, clipped; of what is no number 0. Valid until the next call of any */
  int16(pcm: Float32Array): Int16Array<ArrayBuffer> {
    this.take(pcm, 2 * LANES);
    this.#loops.toInt16(2 * roundedUp(pcm.length, 2 * LANES));
    if (this.#int16Frame.length !== pcm.length) {
      this.#int16Frame = this.#int16.subarray(0, pcm.length);
    }
    return this.#int16Frame;
  }

  /** Peaks between `samples` samples, to `out`; the first of them is what was taken behind TAP_PAIRS - 1 others. */
  truePeaks(samples: number): void {
    this.#loops.truePeaks(bytesOf(samples));
  }

  /**
   * Of the `samples` that were taken each becomes the least of itself and those behind it, `length` in all.
   * The last `length` - 1 mean nothing then.
   */
  leastAhead(samples: number, length: number): void {
    const bytes = bytesOf(samples);
    let reach = 1;
    for (; 2 * reach <= length; reach *= 2) this.#loops.lesserAhead(bytes, 4 * reach);
    if (reach < length) this.#loops.lesserAhead(bytes, 4 * (length - reach));
  }

  /** For {@link truePeaks}, of each pair of samples three weights; undefined: nobody has set them. */
  get taps(): readonly number[] | undefined {
    return this.#taps;
  }

  set taps(weights: readonly number[]) {
    this.#taps = weights;
    const taps = new Float32Array(this.pcm.buffer, PLACES.taps, 3 * TAP_PAIRS * LANES);
    for (let i = 0; i < taps.length; i += 1) taps[i] = weights[Math.floor(i / LANES)]!;
  }

  #countFor(channels: Channels): void {
    if (channels === this.#channels) return;
    this.#channels = channels;
    this.#ahead.set(channels === 1 ? [0, 1, 2, 3, 4, 4, 4, 4] : [0, 0, 1, 1, 2, 2, 2, 2]);
  }
}

let shared: Vectors | undefined;

/** Made when it is first asked for. @throws where the processor has no vectors: x86 of before 2008 */
export function vectors(): Vectors {
  shared ??= new Vectors();
  return shared;
}

function bytesOf(samples: number): number {
  return 4 * roundedUp(samples, LANES);
}

function roundedUp(samples: number, multiple: number): number {
  return Math.ceil(samples / multiple) * multiple;
}
