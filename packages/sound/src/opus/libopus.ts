import { FRAME_SAMPLES, MAX_PACKET_BYTES } from "@rostra/wire";
import {
  Application,
  createDecoder,
  createEncoder,
  EncoderCtl,
  loadLibopus,
  type OpusDecoderHandle,
  type OpusEncoderHandle,
  Signal,
} from "libopus-wasm";
import { SoundError } from "../errors.ts";
import { checkComplexity, checkEncoderOptions, isWithin } from "./encoder-options.ts";
import type { Opus, OpusDecoder, OpusEncoder, OpusEncoderOptions } from "./opus.ts";
import { MAX_PACKET_SAMPLES, packetSamples } from "./packet.ts";

/**
 * Loads libopus (WebAssembly, the same module in Node and browsers); later calls are cheap. All
 * codecs of a process share the one module, and its memory never shrinks: close what you open.
 */
export async function loadOpus(): Promise<Opus> {
  await loadLibopus();
  return {
    createEncoder: async (options) => {
      checkEncoderOptions(options);
      return new LibopusEncoder(await openEncoder(options), options.channels ?? 1);
    },
    createDecoder: async (options) =>
      new LibopusDecoder(await createDecoder({ channels: options?.channels ?? 1 })),
  };
}

const SIGNALS = { auto: Signal.Auto, voice: Signal.Voice, music: Signal.Music } as const;

async function openEncoder(options: OpusEncoderOptions): Promise<OpusEncoderHandle> {
  const handle = await createEncoder({
    application: options.application === "voip" ? Application.Voip : Application.Audio,
    bitrate: options.bitrate,
    channels: options.channels ?? 1,
    complexity: options.complexity ?? 10,
    dtx: options.dtx ?? false,
    fec: options.fec ?? false,
    packetLossPercent: options.packetLossPercent ?? 0,
    signal: SIGNALS[options.signal ?? "auto"],
  });
  if (options.predictionDisabled) handle.encoderCtl(EncoderCtl.SetPredictionDisabled, 1);
  return handle;
}

/** One encoder's state in the module's memory; nothing of it is reachable after `close`. */
class LibopusEncoder implements OpusEncoder {
  readonly #samples: number;
  #handle: OpusEncoderHandle | undefined;

  constructor(handle: OpusEncoderHandle, channels: number) {
    this.#handle = handle;
    this.#samples = FRAME_SAMPLES * channels;
  }

  encode(pcm: Float32Array): Uint8Array<ArrayBuffer> {
    if (this.#handle === undefined) throw new SoundError("closed", "the encoder is closed");
    if (pcm.length !== this.#samples) {
      throw new SoundError("bad-length", `an encoder takes ${this.#samples} samples at a time`);
    }
    try {
      const packet = this.#handle.encodeFloat(pcm, { maxPacketBytes: MAX_PACKET_BYTES });
      return packet as Uint8Array<ArrayBuffer>; // a slice: never shared memory
    } catch (cause) {
      throw new SoundError("codec", "libopus could not encode", { cause });
    }
  }

  setComplexity(complexity: number): void {
    checkComplexity(complexity);
    if (this.#handle === undefined) throw new SoundError("closed", "the encoder is closed");
    this.#handle.setComplexity(complexity);
  }

  close(): void {
    this.#handle?.free();
    this.#handle = undefined;
  }
}

/** As {@link LibopusEncoder}, for the other way. */
class LibopusDecoder implements OpusDecoder {
  #handle: OpusDecoderHandle | undefined;

  constructor(handle: OpusDecoderHandle) {
    this.#handle = handle;
  }

  decode(packet: Uint8Array): Float32Array<ArrayBuffer> {
    // libopus takes an empty packet for a loss, of a length that nobody asked for.
    packetSamples(packet);
    return this.#run(packet, {});
  }

  // With FEC, libopus conceals what is missing before the packet's own copy: any length works.
  recover(nextPacket: Uint8Array, samples: number): Float32Array<ArrayBuffer> {
    packetSamples(nextPacket);
    checkLostSamples(samples);
    return this.#run(nextPacket, { decodeFec: true, frameSize: samples });
  }

  conceal(samples: number): Float32Array<ArrayBuffer> {
    checkLostSamples(samples);
    return this.#run(null, { frameSize: samples });
  }

  #run(packet: Uint8Array | null, options: { decodeFec?: boolean; frameSize?: number }) {
    if (this.#handle === undefined) throw new SoundError("closed", "the decoder is closed");
    try {
      return this.#handle.decodeFloat(packet, options) as Float32Array<ArrayBuffer>;
    } catch (cause) {
      throw new SoundError("bad-packet", "not an Opus packet that libopus can decode", { cause });
    }
  }

  close(): void {
    this.#handle?.free();
    this.#handle = undefined;
  }
}

// Opus thinks in steps of 2.5 ms; a caller who lost anything else has counted wrongly.
function checkLostSamples(samples: number): void {
  if (!isWithin(samples, 120, MAX_PACKET_SAMPLES) || samples % 120 !== 0) {
    throw new SoundError("bad-length", "a loss lasts 120 to 5,760 samples, a multiple of 120");
  }
}
