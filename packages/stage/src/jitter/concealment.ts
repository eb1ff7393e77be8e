import { type OpusDecoder, SILENT_PACKET } from "@rostra/sound";
import { SAMPLE_RATE_HZ } from "@rostra/wire";
import { merge, SEAM_SAMPLES } from "./stretch.ts";

const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1000;
/** Invented sound is convincing for about this long. */
const FADE_AFTER = 120 * SAMPLES_PER_MS;
/** Then it fades to silence over this. */
const FADE = 40 * SAMPLES_PER_MS;
/** Real sound after silence comes in over this, so that it doesn't click. */
const RETURN = 5 * SAMPLES_PER_MS;
/** Sound that is cut off goes out over this. */
const BREAK_OFF = 10 * SAMPLES_PER_MS;

/**
 * Decodes, and invents what didn't arrive: fading to silence where nothing arrives for long. Knows
 * nothing of packets' numbers.
 */
export class Concealment {
  readonly #decoder: OpusDecoder;
  /** Samples invented since sound was last decoded. */
  #inventedSamples = 0;

  constructor(decoder: OpusDecoder) {
    this.#decoder = decoder;
  }

  get inventedSamples(): number {
    return this.#inventedSamples;
  }

  /** @throws {SoundError} `bad-packet` */
  decode(packet: Uint8Array): Float32Array {
    return this.#real(this.#decoder.decode(packet));
  }

  /**
   * Decodes a packet that comes late: sound was invented while it was missing, and what it holds
   * follows all the same. The two would meet anywhere in a wave, which clicks; so what is invented
   * goes on for 5 ms more and fades into the packet where that looks most like it.
   * @throws {SoundError} `bad-packet`
   */
  decodeLate(packet: Uint8Array): Float32Array {
    const done = this.#inventedSamples;
    if (done >= FADE_AFTER + FADE) return this.decode(packet);
    const tail = this.#invent(SEAM_SAMPLES, done);
    const pcm = this.#decoder.decode(packet);
    this.#inventedSamples = 0;
    return merge(tail, pcm, done);
  }

  /**
   * The sound just before `nextPacket`, from its in-band FEC if it has any.
   * @param samples a multiple of 120
   * @throws {SoundError} `bad-packet`
   */
  recover(nextPacket: Uint8Array, samples: number): Float32Array {
    return this.#real(this.#decoder.recover(nextPacket, samples));
  }

  /** @param samples a multiple of 120 */
  conceal(samples: number): Float32Array {
    const done = this.#inventedSamples;
    this.#inventedSamples += samples;
    return this.#invent(samples, done);
  }

  #invent(samples: number, done: number): Float32Array {
    // The decoder isn't asked for what would be silence: its state stays where the sound was.
    if (done >= FADE_AFTER + FADE) return new Float32Array(samples);
    const pcm = this.#decoder.conceal(samples);
    for (let i = Math.max(0, FADE_AFTER - done); i < samples; i += 1) {
      pcm[i] = pcm[i]! * Math.max(0, 1 - (done + i - FADE_AFTER) / FADE);
    }
    return pcm;
  }

  /**
   * A fade-out of 10 ms; what is decoded next fades in, and holds nothing of what was before: the
   * decoder, which carries the end of each packet into the next, is left with silence.
   */
  breakOff(): Float32Array {
    const pcm = this.conceal(BREAK_OFF);
    for (let i = 0; i < BREAK_OFF; i += 1) pcm[i] = pcm[i]! * (1 - (i + 1) / BREAK_OFF);
    // Twice: the first still ends what was before.
    for (let i = 0; i < 2; i += 1) this.#decoder.decode(SILENT_PACKET);
    this.#inventedSamples = FADE_AFTER + FADE;
    return pcm;
  }

  #real(pcm: Float32Array): Float32Array {
    if (this.#inventedSamples > FADE_AFTER) {
      const samples = Math.min(RETURN, pcm.length);
      for (let i = 0; i < samples; i += 1) pcm[i] = pcm[i]! * (i / samples);
    }
    this.#inventedSamples = 0;
    return pcm;
  }
}
