import { type OpusDecoder, packetSamples, saysSilence } from "@rostra/sound";
import { type Channels, FRAME_SAMPLES, FRAMES_PER_SECOND } from "@rostra/wire";
import { isBelow } from "../mix/mean-square.ts";
import { mayHoldVoice } from "./voice-flag.ts";

/** Sound below this is no voice: the voice detector's own floor, -50 dBFS. */
const QUIET_MEAN_SQUARE = 10 ** (-50 / 10);
/** So many packets in a row must be quiet before one is left out: a second of 20 ms each. */
const QUIET_PACKETS = FRAMES_PER_SECOND;
/** One in so many is decoded all the same, to see that it is still quiet: every half second. */
const LOOK_EVERY = 25;
/** Packets that are decoded before the one that is heard again: the decoder builds on them. */
const PREROLL_PACKETS = 3;
/** A room that is heard again comes in over 2.5 ms. */
const RETURN_SAMPLES = 120;

/**
 * Leaves packets of a quiet microphone undecoded, which is most of what decoding costs: of many on
 * stage, few talk. A packet is left out, and is silence, where the last second was below -50 dBFS
 * and the sender's own encoder says that this one holds no voice. The first that may hold one is
 * decoded after those just before it. Packets that don't tell (CELT) are all decoded. Where the sender
 * skips silence (DTX), what is heard between its packets is the decoder's own noise, or nothing.
 */
export class SparingDecoder implements OpusDecoder {
  /** False for music, whose quiet is part of it. */
  isSparing = true;
  readonly #decoder: OpusDecoder;
  readonly #channels: Channels;
  /** The last packets that were left out, oldest first. */
  readonly #leftOut: Uint8Array[] = [];
  #zeros = new Float32Array(0);
  #quietPackets = 0;
  #sinceLook = 0;
  /** What was given last is silence where there was a room. */
  #isSilent = false;
  /** The last packet said that silence follows, so what is concealed is the room. */
  #isSenderSilent = false;

  /** Owns `decoder` from now on. @param channels of what it gives */
  constructor(decoder: OpusDecoder, channels: Channels = 1) {
    this.#decoder = decoder;
    this.#channels = channels;
  }

  decode(packet: Uint8Array): Float32Array<ArrayBuffer> {
    const isIdle = this.#isIdle(packet);
    this.#isSenderSilent = saysSilence(packet);
    if (isIdle && this.#isSilent && this.#sinceLook < LOOK_EVERY) {
      this.#sinceLook += 1;
      if (this.#leftOut.length === PREROLL_PACKETS) this.#leftOut.shift();
      this.#leftOut.push(packet);
      return this.#silence(packetSamples(packet));
    }
    this.#catchUp();
    const pcm = this.#decoder.decode(packet);
    this.#look(pcm, 1);
    return this.#faded(pcm, isIdle && this.#quietPackets > 0);
  }

  recover(nextPacket: Uint8Array, samples: number): Float32Array<ArrayBuffer> {
    if (this.#isSilent && this.#isIdle(nextPacket)) return this.#silence(samples);
    this.#catchUp();
    return this.#faded(this.#decoder.recover(nextPacket, samples), false);
  }

  conceal(samples: number): Float32Array<ArrayBuffer> {
    if (this.#isSilent) return this.#silence(samples);
    const pcm = this.#decoder.conceal(samples);
    if (this.#isSenderSilent) this.#look(pcm, samples / FRAME_SAMPLES);
    return pcm;
  }

  #look(pcm: Float32Array, packets: number): void {
    this.#quietPackets = isBelow(pcm, QUIET_MEAN_SQUARE) ? this.#quietPackets + packets : 0;
  }

  /** Nothing that was heard so far decides what is left out from now on. */
  forget(): void {
    this.#catchUp();
    this.#quietPackets = 0;
    this.#isSilent = false;
  }

  /** Always the same zeros: most on stage are silent, and whoever fades them in leaves them zeros. */
  #silence(samples: number): Float32Array<ArrayBuffer> {
    const length = samples * this.#channels;
    if (this.#zeros.length !== length) this.#zeros = new Float32Array(length);
    return this.#zeros;
  }

  /** Nobody speaks in it, as far as can be told without looking. */
  #isIdle(packet: Uint8Array): boolean {
    return this.isSparing && this.#quietPackets >= QUIET_PACKETS && !mayHoldVoice(packet);
  }

  #catchUp(): void {
    this.#sinceLook = 0;
    for (const packet of this.#leftOut) this.#decoder.decode(packet);
    this.#leftOut.length = 0;
  }

  /** The room goes with the frame that begins the silence, and comes back with the one that ends it. */
  #faded(pcm: Float32Array<ArrayBuffer>, isSilent: boolean): Float32Array<ArrayBuffer> {
    const wasSilent = this.#isSilent;
    this.#isSilent = isSilent;
    if (isSilent && wasSilent) return pcm.fill(0);
    if (isSilent) for (let i = 0; i < pcm.length; i += 1) pcm[i] = pcm[i]! * (1 - i / pcm.length);
    if (!isSilent && wasSilent) {
      for (let i = 0; i < RETURN_SAMPLES; i += 1) pcm[i] = pcm[i]! * (i / RETURN_SAMPLES);
    }
    return pcm;
  }

  close(): void {
    this.#decoder.close();
  }
}
