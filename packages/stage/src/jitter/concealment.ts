import { type OpusDecoder, SILENT_PACKET, saysSilence } from "@rostra/sound";
import { type Channels, SAMPLE_RATE_HZ } from "@rostra/wire";
import { joinAlike, MAX_LAG, SEAM_SAMPLES } from "./stretch.ts";

const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1000;
/** Invented sound is convincing for about this long. */
const FADE_AFTER = 120 * SAMPLES_PER_MS;
/** After a packet that says that silence follows: the room's noise goes on until the next is overdue. */
const FADE_AFTER_DTX = 700 * SAMPLES_PER_MS;
/** Then it fades to silence over this. */
const FADE = 40 * SAMPLES_PER_MS;
/** Real sound after silence comes in over this, so that it doesn't click. */
const RETURN = 5 * SAMPLES_PER_MS;
/** Sound that is cut off goes out over this. */
const BREAK_OFF = 10 * SAMPLES_PER_MS;

/**
 * What a decoder is asked to invent at a time. It accepts less, but its voice half makes 10 ms each
 * time all the same (libopus, opus_decoder.c) and throws the rest away: pieces that don't fit.
 */
const DECODER_STEP = 10 * SAMPLES_PER_MS;

const NOTHING = new Float32Array(0);

/**
 * Decodes, and invents what didn't arrive: fading to silence where nothing arrives for long. Knows
 * nothing of packets' numbers. Samples are counted for each channel.
 */
export class Concealment {
  readonly #decoder: OpusDecoder;
  readonly #channels: Channels;
  /** Samples invented since sound was last decoded. */
  #inventedSamples = 0;
  #isSenderSilent = false;
  /** Invented by the decoder and not yet asked for. */
  #reserve = NOTHING;

  /** @param channels of what `decoder` gives */
  constructor(decoder: OpusDecoder, channels: Channels = 1) {
    this.#decoder = decoder;
    this.#channels = channels;
  }

  get inventedSamples(): number {
    return this.#inventedSamples;
  }

  /** The last packet said that silence follows: what is invented now stands for it. */
  get isSenderSilent(): boolean {
    return this.#isSenderSilent;
  }

  get #fadeAfter(): number {
    return this.#isSenderSilent ? FADE_AFTER_DTX : FADE_AFTER;
  }

  /**
   * @param isLate sound was invented while the packet was missing, and what it holds follows all
   * the same: a few more milliseconds may be invented before it, where its wave fits
   * @throws {SoundError} `bad-packet`
   */
  decode(packet: Uint8Array, isLate = false): Float32Array {
    const pcm = this.#real(() => this.#decoder.decode(packet), isLate ? MAX_LAG : undefined);
    this.#isSenderSilent = saysSilence(packet);
    return pcm;
  }

  /**
   * The sound just before `nextPacket`, from its in-band FEC if it has any.
   * @param samples so much of its end; a multiple of 120
   * @param lostSamples how long the lost packet was; a multiple of 120
   * @throws {SoundError} `bad-packet`
   */
  recover(nextPacket: Uint8Array, samples: number, lostSamples: number): Float32Array {
    const decode = () => this.#decoder.recover(nextPacket, lostSamples);
    // Cut, it doesn't begin where what was heard last ends.
    const reach = samples < lostSamples ? 0 : undefined;
    return this.#real(() => decode().subarray((lostSamples - samples) * this.#channels), reach);
  }

  conceal(samples: number): Float32Array {
    const done = this.#inventedSamples;
    this.#inventedSamples += samples;
    return this.#invent(samples, done);
  }

  /**
   * A fade-out of 10 ms; what is decoded next fades in, and holds nothing of what was before: the
   * decoder, which carries the end of each packet into the next, is left with silence.
   */
  breakOff(): Float32Array {
    const pcm = this.conceal(BREAK_OFF);
    for (let i = 0; i < pcm.length; i += 1) pcm[i] = pcm[i]! * (1 - (i + 1) / pcm.length);
    // Twice: the first still ends what was before.
    for (let i = 0; i < 2; i += 1) this.#decoder.decode(SILENT_PACKET);
    this.#isSenderSilent = false;
    this.#inventedSamples = FADE_AFTER + FADE;
    return pcm;
  }

  #invent(samples: number, done: number): Float32Array {
    const channels = this.#channels;
    const fadeAfter = this.#fadeAfter;
    // The decoder isn't asked for what would be silence: its state stays where the sound was.
    if (done >= fadeAfter + FADE) return new Float32Array(samples * channels);
    while (this.#reserve.length < samples * channels) {
      this.#growReserve(samples - this.#reserve.length / channels);
    }
    const pcm = this.#reserve.subarray(0, samples * channels);
    this.#reserve = this.#reserve.subarray(pcm.length);
    for (let i = Math.max(0, fadeAfter - done) * channels; i < pcm.length; i += 1) {
      pcm[i] = pcm[i]! * Math.max(0, 1 - (done + i / channels - fadeAfter) / FADE);
    }
    return pcm;
  }

  #growReserve(missing: number): void {
    const steps = Math.min(2, Math.ceil(missing / DECODER_STEP));
    const more = this.#decoder.conceal(steps * DECODER_STEP);
    if (this.#reserve.length === 0) {
      this.#reserve = more;
      return;
    }
    const longer = new Float32Array(this.#reserve.length + more.length);
    longer.set(this.#reserve);
    longer.set(more, this.#reserve.length);
    this.#reserve = longer;
  }

  /**
   * Real sound after invented sound. A decoder makes a good seam itself, where it is told at each
   * step how long the hole is; else the two would meet anywhere in their waves, which clicks. Then
   * what was invented goes on for a while, and fades into what is real.
   * @param reach how many samples it may go on to where the waves fit; undefined: no seam is known
   * to be needed
   */
  #real(decode: () => Float32Array, reach: number | undefined): Float32Array {
    const done = this.#inventedSamples;
    const isSilent = done >= this.#fadeAfter + FADE;
    const needsSeam = !isSilent && (reach !== undefined || this.#reserve.length > 0);
    const more = needsSeam ? this.#invent(SEAM_SAMPLES + (reach ?? 0), done) : undefined;
    const pcm = decode();
    this.#inventedSamples = 0;
    this.#reserve = NOTHING;
    if (more !== undefined) return joinAlike(more, pcm, this.#channels);
    if (done > this.#fadeAfter) fadeIn(pcm, RETURN * this.#channels);
    return pcm;
  }
}

function fadeIn(pcm: Float32Array, atMost: number): void {
  const samples = Math.min(atMost, pcm.length);
  for (let i = 0; i < samples; i += 1) pcm[i] = pcm[i]! * (i / samples);
}
