import { type Clock, SAMPLE_RATE_HZ } from "@rostra/wire";
import wasmUrl from "@sapphi-red/web-noise-suppressor/rnnoise.wasm?url";
import { atMost } from "../../at-most.ts";
import { MicrophoneError } from "../../errors.ts";
import workletUrl from "./noise.worklet.ts?worker&url";
import { NOISE_PROCESSOR, type NoiseProcessorOptions } from "./worklet-options.ts";

/** A context that doesn't run gives silence: without a gesture, or while a call interrupts. */
const RESUME_MS = 1_000;

/** A microphone's track without its noise. */
export interface CleanTrack {
  readonly track: MediaStreamTrack;
  close(): void;
}

/**
 * Sends a track through RNNoise on the audio thread. About 20 ms later, 15 ms of CPU a second.
 * @param source stays the caller's
 * @param onBroken called at most once, when it has stopped working: the track is silent then
 * @throws {MicrophoneError} `not-supported`, `failed`
 */
export async function openStrongNoise(
  source: MediaStreamTrack,
  clock: Clock,
  onBroken: () => void,
): Promise<CleanTrack> {
  if (typeof AudioContext === "undefined" || typeof AudioWorkletNode === "undefined") {
    throw new MicrophoneError("not-supported", "This browser has no audio worklets");
  }
  const context = new AudioContext({ sampleRate: SAMPLE_RATE_HZ, latencyHint: "interactive" });
  try {
    const [wasm] = await Promise.all([
      fetchModule(),
      context.audioWorklet.addModule(workletUrl),
      atMost(clock, RESUME_MS, context.resume(), undefined),
    ]);
    if (context.state !== "running") {
      throw new MicrophoneError("failed", "The browser wants a click before noise is suppressed");
    }
    return connect(context, source, wasm, onBroken);
  } catch (cause) {
    void context.close();
    if (cause instanceof MicrophoneError) throw cause;
    throw new MicrophoneError("failed", "Noise suppression could not be loaded", { cause });
  }
}

async function fetchModule(): Promise<ArrayBuffer> {
  const response = await fetch(wasmUrl);
  if (!response.ok) throw new MicrophoneError("failed", "Noise suppression could not be fetched");
  return response.arrayBuffer();
}

function connect(
  context: AudioContext,
  source: MediaStreamTrack,
  wasm: ArrayBuffer,
  onBroken: () => void,
): CleanTrack {
  const node = new AudioWorkletNode(context, NOISE_PROCESSOR, {
    channelCount: 1,
    channelCountMode: "explicit",
    outputChannelCount: [1],
    processorOptions: { wasm } satisfies NoiseProcessorOptions,
  });
  const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  context
    .createMediaStreamSource(new MediaStream([source]))
    .connect(node)
    .connect(destination);
  const track = destination.stream.getAudioTracks()[0]!;
  const close = (): void => {
    node.onprocessorerror = null;
    context.onstatechange = null;
    track.stop();
    void context.close();
  };
  const broken = (): void => {
    close();
    onBroken();
  };
  node.onprocessorerror = broken;
  context.onstatechange = () => {
    // A phone call interrupts: what comes after it asks for the microphone anew.
    if (context.state !== "running") broken();
  };
  return { track, close };
}
