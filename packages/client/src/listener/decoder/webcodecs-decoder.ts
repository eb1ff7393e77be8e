import { type Channels, FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import { ListenerError } from "../../errors.ts";
import type { FrameDecoder, Planes } from "./decoder.ts";

const FRAME_MICROSECONDS = FRAME_MS * 1_000;

interface Waiting {
  readonly timestamp: number;
  readonly resolve: (planes: Planes) => void;
  readonly reject: (cause: unknown) => void;
}

/** The browser's own decoder; only in secure contexts, and not in every browser. */
export async function openWebCodecsDecoder(channels: Channels = 1): Promise<FrameDecoder> {
  if (typeof AudioDecoder === "undefined") {
    throw new ListenerError("decoder", "This browser has no AudioDecoder");
  }
  const config: AudioDecoderConfig = {
    codec: "opus",
    sampleRate: SAMPLE_RATE_HZ,
    numberOfChannels: channels,
  };
  const { supported } = await AudioDecoder.isConfigSupported(config);
  if (supported !== true) throw new ListenerError("decoder", "This AudioDecoder knows no Opus");
  return new WebCodecsDecoder(config);
}

class WebCodecsDecoder implements FrameDecoder {
  readonly #decoder: AudioDecoder;
  /** Bounded by the player, which decodes at most about a second ahead. */
  readonly #waiting: Waiting[] = [];
  #timestamp = 0;

  constructor(config: AudioDecoderConfig) {
    this.#decoder = new AudioDecoder({
      output: (data) => this.#take(data),
      error: (cause) => this.#fail(cause),
    });
    this.#decoder.configure(config);
  }

  decode(packet: Uint8Array): Promise<Planes> {
    const timestamp = this.#timestamp;
    this.#timestamp += FRAME_MICROSECONDS;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ timestamp, resolve, reject });
      try {
        // Every packet is a clean entry point, so all of them are key frames.
        this.#decoder.decode(
          new EncodedAudioChunk({
            type: "key",
            timestamp,
            duration: FRAME_MICROSECONDS,
            data: packet as Uint8Array<ArrayBuffer>,
          }),
        );
      } catch (cause) {
        this.#fail(cause);
      }
    });
  }

  close(): void {
    if (this.#decoder.state !== "closed") this.#decoder.close();
    this.#fail(new ListenerError("decoder", "The decoder was closed"));
  }

  #take(data: AudioData): void {
    // Decoders may round timestamps: whatever is at least half a frame older gave no sound.
    const from = data.timestamp - FRAME_MICROSECONDS / 2;
    let next = this.#waiting.shift();
    while (next !== undefined && next.timestamp < from) {
      next.reject(new ListenerError("decoder", "A packet gave no sound"));
      next = this.#waiting.shift();
    }
    next?.resolve(planesOf(data));
    data.close();
  }

  #fail(cause: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(cause);
  }
}

/** Exactly one frame: a decoder that trims its first samples must not shift what follows. */
function planesOf(data: AudioData): Planes {
  return Array.from({ length: data.numberOfChannels }, (_, plane) => samplesOf(data, plane));
}

function samplesOf(data: AudioData, planeIndex: number): Float32Array<ArrayBuffer> {
  const length = data.numberOfFrames;
  const pcm = new Float32Array(length);
  data.copyTo(pcm, { planeIndex, format: "f32-planar" });
  if (length === FRAME_SAMPLES) return pcm;
  const frame = new Float32Array(FRAME_SAMPLES);
  const kept = Math.min(length, FRAME_SAMPLES);
  frame.set(pcm.subarray(length - kept), FRAME_SAMPLES - kept);
  return frame;
}
