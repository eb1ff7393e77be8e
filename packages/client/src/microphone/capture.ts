import type { Clock, SoundMode } from "@rostra/wire";
import { MicrophoneError } from "../errors.ts";
import { mediaDevicesHere, microphoneErrorOf } from "./microphone-errors.ts";

/**
 * What takes noise out of a voice. platform: the browser's own. strong: RNNoise, in an audio
 * worklet, fetched when it is first asked for. off: nothing.
 */
export type NoiseSuppression = "platform" | "strong" | "off";

export interface CaptureOptions {
  /** Left out: the browser's default. */
  readonly deviceId: string | undefined;
  /** music: as it is, in stereo where the device has it; `noise` then counts for nothing. */
  readonly mode: SoundMode;
  readonly noise: NoiseSuppression;
  readonly clock: Clock;
  /** Called at most once: the strong suppression has stopped, and the track is silent. */
  readonly onBroken: () => void;
}

/** A microphone that is open. Its owner closes it. */
export interface Capture {
  /** What is to be sent. */
  readonly track: MediaStreamTrack;
  /** The device's own track: tells when it is gone, or silenced. */
  readonly source: MediaStreamTrack;
  /** What really takes the noise out. */
  readonly noise: NoiseSuppression;
  /** Why that isn't what was asked for; null where it is. */
  readonly noiseError: MicrophoneError | null;
  close(): void;
}

/** What the browser is asked for. Stereo would switch its echo cancellation off: music only. */
export function constraintsFor(
  mode: SoundMode,
  noise: NoiseSuppression,
  deviceId: string | undefined,
): MediaTrackConstraints {
  const isVoice = mode === "voice";
  return {
    echoCancellation: isVoice,
    // Two suppressors after one another take the voice away with the noise.
    noiseSuppression: isVoice && noise === "platform",
    autoGainControl: isVoice,
    channelCount: isVoice ? 1 : { ideal: 2 },
    ...(deviceId === undefined ? {} : { deviceId: { exact: deviceId } }),
  };
}

/** @throws {MicrophoneError} */
export async function openCapture(options: CaptureOptions): Promise<Capture> {
  const noise = options.mode === "music" ? "off" : options.noise;
  if (noise !== "strong") return plainCapture(options, noise, null);
  const source = await askForTrack(options, noise);
  try {
    // A chunk of its own: whoever doesn't ask for it doesn't load it.
    const { openStrongNoise } = await import("./noise/strong-noise.ts");
    const clean = await openStrongNoise(source, options.clock, options.onBroken);
    clean.track.contentHint = "speech";
    const close = (): void => {
      clean.close();
      source.stop();
    };
    return { track: clean.track, source, noise, noiseError: null, close };
  } catch (cause) {
    source.stop();
    const words = "Strong noise suppression doesn't work here: the browser's own is used";
    const error =
      cause instanceof MicrophoneError ? cause : new MicrophoneError("failed", words, { cause });
    return plainCapture(options, "platform", error);
  }
}

async function plainCapture(
  options: CaptureOptions,
  noise: NoiseSuppression,
  noiseError: MicrophoneError | null,
): Promise<Capture> {
  const track = await askForTrack(options, noise);
  return { track, source: track, noise, noiseError, close: () => track.stop() };
}

async function askForTrack(
  { mode, deviceId }: CaptureOptions,
  noise: NoiseSuppression,
): Promise<MediaStreamTrack> {
  try {
    const audio = constraintsFor(mode, noise, deviceId);
    const stream = await mediaDevicesHere().getUserMedia({ audio });
    const track = stream.getAudioTracks()[0];
    if (track === undefined) {
      throw new MicrophoneError("not-found", "The browser gave no microphone");
    }
    // Tells the encoder what it will hear.
    track.contentHint = mode === "music" ? "music" : "speech";
    return track;
  } catch (cause) {
    throw cause instanceof MicrophoneError ? cause : microphoneErrorOf(cause);
  }
}
