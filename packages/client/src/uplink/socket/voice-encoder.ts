import { FRAME_MS, SAMPLE_RATE_HZ } from "@rostra/wire";

/** Opus from frames of 20 ms: the port, with an adapter for WebCodecs and one for WebAssembly. */
export interface VoiceEncoder {
  /** Takes the frame, interleaved if stereo, away. What comes of it goes to `packet`, in order. */
  encode(pcm: Float32Array<ArrayBuffer>): void;
  close(): void;
}

export interface VoiceEncoderEvents {
  packet(packet: Uint8Array): void;
  /** It has stopped working for good. */
  failed(cause: unknown): void;
}

const BITRATE = 32_000;
const MUSIC_BITRATE = 96_000;
/** Frames given to an encoder that hasn't answered yet: it is broken rather than slow. */
const MAX_QUEUED = 25;

/**
 * Voices are encoded in WebAssembly, which skips silence as WebRTC does (DTX). WebCodecs can't: Chromium
 * leaves out what is silent without a word, and gives the rest timestamps as if nothing were missing.
 * @param music stereo, more bits, and nothing that is made for voices
 */
export async function openVoiceEncoder(
  music: boolean,
  events: VoiceEncoderEvents,
): Promise<VoiceEncoder> {
  if (music) return (await openWebCodecs(music, events)) ?? openWasm(music, events);
  try {
    return await openWasm(music, events);
  } catch (cause) {
    const encoder = await openWebCodecs(music, events);
    if (encoder === undefined) throw cause;
    return encoder;
  }
}

interface OpusConfig extends AudioEncoderConfig {
  readonly opus: {
    readonly application: "voip" | "audio";
    readonly signal: "voice" | "music";
    readonly frameDuration: number;
    readonly usedtx: boolean;
  };
}

/** @returns undefined where the browser has none that knows Opus */
async function openWebCodecs(
  music: boolean,
  events: VoiceEncoderEvents,
): Promise<VoiceEncoder | undefined> {
  if (typeof AudioEncoder === "undefined") return undefined;
  const channels = music ? 2 : 1;
  const config: OpusConfig = {
    codec: "opus",
    sampleRate: SAMPLE_RATE_HZ,
    numberOfChannels: channels,
    bitrate: music ? MUSIC_BITRATE : BITRATE,
    // Nothing is lost on a WebSocket: no error correction.
    opus: {
      application: music ? "audio" : "voip",
      signal: music ? "music" : "voice",
      frameDuration: FRAME_MS * 1_000,
      usedtx: false,
    },
  };
  const { supported } = await AudioEncoder.isConfigSupported(config).catch(() => ({
    supported: false,
  }));
  if (supported !== true) return undefined;
  const encoder = new AudioEncoder({
    output: (chunk) => {
      const packet = new Uint8Array(chunk.byteLength);
      chunk.copyTo(packet);
      events.packet(packet);
    },
    error: (cause) => events.failed(cause),
  });
  encoder.configure(config);
  let timestamp = 0;
  return {
    encode: (pcm) => {
      if (encoder.state !== "configured") return;
      if (encoder.encodeQueueSize > MAX_QUEUED) {
        events.failed(new Error("The encoder doesn't answer"));
        return;
      }
      const data = new AudioData({
        format: "f32",
        sampleRate: SAMPLE_RATE_HZ,
        numberOfChannels: channels,
        numberOfFrames: pcm.length / channels,
        timestamp,
        data: pcm,
      });
      timestamp += FRAME_MS * 1_000;
      encoder.encode(data);
      data.close();
    },
    close: () => {
      if (encoder.state !== "closed") encoder.close();
    },
  };
}

/** Opus in WASM, fetched only where it is needed. */
async function openWasm(music: boolean, events: VoiceEncoderEvents): Promise<VoiceEncoder> {
  const { openWasmEncoder } = await import("./wasm-encoder.ts");
  const encoder = await openWasmEncoder(music ? MUSIC_BITRATE : BITRATE, music);
  return {
    encode: (pcm) => {
      try {
        events.packet(encoder.encode(pcm));
      } catch (cause) {
        events.failed(cause);
      }
    },
    close: () => encoder.close(),
  };
}
