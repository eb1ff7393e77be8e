import { createRequire } from "node:module";
import {
  checkComplexity,
  checkEncoderOptions,
  type OpusEncoder,
  type OpusEncoderOptions,
  SoundError,
} from "@rostra/sound";
import { FRAME_SAMPLES, MAX_PACKET_BYTES, SAMPLE_RATE_HZ } from "@rostra/wire";

/** What we use of the package's binary, without the classes that it lays over it. */
interface Binary {
  readonly Encoder: new (options: {
    readonly channels: number;
    readonly sample_rate: number;
    readonly application: "audio" | "voip";
  }) => BinaryEncoder;
}

interface BinaryEncoder {
  /** Sets a control, or without a value reads one. Throws where libopus refuses. */
  ctl(request: number, value?: number): number;
  /** @returns a copy of the packet */
  encode(pcm: Int16Array): Uint8Array<ArrayBuffer>;
}

/** Numbers of libopus's encoder controls (opus_defines.h); one more reads the value back. */
const CTL = {
  bitrate: 4002,
  complexity: 4010,
  fec: 4012,
  packetLossPercent: 4014,
  dtx: 4016,
  signal: 4024,
  predictionDisabled: 4042,
} as const;

const SIGNALS = { auto: -1000, voice: 3001, music: 3002 } as const;

/** Opens encoders of libopus as machine code. */
export interface NativeOpus {
  /** @throws {SoundError} `bad-option`, `codec` */
  createEncoder(options: OpusEncoderOptions): OpusEncoder;
}

/**
 * libopus as a Node add-on, for glibc Linux, macOS and Windows: encodes in three fifths of the time of
 * WebAssembly (decision 14). It only encodes, so no byte of a stranger's reaches machine code.
 * For one thread of a process: all encoders of the add-on write into one buffer, and copy from there.
 * @throws where there is no such binary for this machine, or it doesn't do what it should
 */
export function loadNativeOpus(): NativeOpus {
  const binary = createRequire(import.meta.url)("@evan/opus/node/index.js") as Binary;
  // One for all encoders: a frame is taken up within the call.
  const scratch = new Int16Array(2 * FRAME_SAMPLES);
  const native: NativeOpus = {
    createEncoder: (options) => {
      checkEncoderOptions(options);
      const channels = options.channels ?? 1;
      const pcm = scratch.subarray(0, FRAME_SAMPLES * channels);
      return new NativeEncoder(openBinaryEncoder(binary, options), pcm);
    },
  };
  const probe = native.createEncoder({ bitrate: 32_000 });
  probe.encode(new Float32Array(FRAME_SAMPLES));
  probe.close();
  return native;
}

function openBinaryEncoder({ Encoder }: Binary, options: OpusEncoderOptions): BinaryEncoder {
  const encoder = new Encoder({
    channels: options.channels ?? 1,
    sample_rate: SAMPLE_RATE_HZ,
    application: options.application ?? "audio",
  });
  set(encoder, CTL.bitrate, options.bitrate);
  set(encoder, CTL.complexity, options.complexity ?? 10);
  set(encoder, CTL.signal, SIGNALS[options.signal ?? "auto"]);
  set(encoder, CTL.fec, Number(options.fec ?? false));
  set(encoder, CTL.packetLossPercent, options.packetLossPercent ?? 0);
  set(encoder, CTL.predictionDisabled, Number(options.predictionDisabled ?? false));
  set(encoder, CTL.dtx, Number(options.dtx ?? false));
  return encoder;
}

// Read back, because the binary is no work of ours: another libopus may know a control otherwise.
function set(encoder: BinaryEncoder, request: number, value: number): void {
  let held: number | undefined;
  let cause: unknown;
  try {
    encoder.ctl(request, value);
    held = encoder.ctl(request + 1);
  } catch (error) {
    cause = error;
  }
  if (held === value) return;
  throw new SoundError("codec", `libopus did not take control ${request}`, { cause });
}

/** One encoder's state, which the garbage collector frees some time after `close`. */
class NativeEncoder implements OpusEncoder {
  readonly #pcm: Int16Array;
  #encoder: BinaryEncoder | undefined;

  /** @param pcm one frame of room, shared with others */
  constructor(encoder: BinaryEncoder, pcm: Int16Array) {
    this.#encoder = encoder;
    this.#pcm = pcm;
  }

  encode(pcm: Float32Array): Uint8Array<ArrayBuffer> {
    const encoder = this.#open();
    if (pcm.length !== this.#pcm.length) {
      throw new SoundError("bad-length", `an encoder takes ${this.#pcm.length} samples at a time`);
    }
    toInt16(pcm, this.#pcm);
    let packet: Uint8Array<ArrayBuffer>;
    try {
      packet = encoder.encode(this.#pcm);
    } catch (cause) {
      throw new SoundError("codec", "libopus could not encode", { cause });
    }
    // The add-on gives libopus room for more than a frame may take.
    if (packet.length <= MAX_PACKET_BYTES) return packet;
    throw new SoundError("codec", `libopus made a packet of ${packet.length} bytes`);
  }

  setComplexity(complexity: number): void {
    checkComplexity(complexity);
    set(this.#open(), CTL.complexity, complexity);
  }

  #open(): BinaryEncoder {
    if (this.#encoder === undefined) throw new SoundError("closed", "the encoder is closed");
    return this.#encoder;
  }

  close(): void {
    this.#encoder = undefined;
  }
}

/**
 * Rounded and clipped, and 0 for what is no number; the noise of it is at -101 dBFS, where nobody hears it
 * beside Opus's own. Math.round would take five times as long.
 */
function toInt16(pcm: Float32Array, into: Int16Array): void {
  for (let i = 0; i < into.length; i += 1) {
    const clipped = Math.min(Math.max(pcm[i]! * 32_768, -32_768), 32_767);
    into[i] = Math.floor(clipped + 0.5);
  }
}
