import { FRAME_MS, FRAME_SAMPLES } from "@rostra/wire";
import { EchoDetector } from "../../src/guard/echo-detector.ts";
import { VoiceGuard } from "../../src/guard/voice-guard.ts";
import { rmsDbfs } from "../../src/level/rms.ts";
import type { Opus, OpusEncoderOptions } from "../../src/opus/opus.ts";
import { atSixteen } from "../../test/at-sixteen.ts";
import { noise } from "../../test/synthetic-voice.ts";
import { Room } from "./room.ts";

export interface EchoScene {
  /** What others say: sent to this speaker. */
  readonly far: Float32Array;
  /** What they say themself; silence: nothing. */
  readonly own: Float32Array;
  /** How loud the far voice comes back, dB against how it was sent. */
  readonly returnDb: number;
  readonly delayMs: number;
  /** Of the microphone, dBFS; -Infinity: none. */
  readonly noiseDbfs: number;
  readonly seed: number;
}

export interface EchoRun {
  /** From the first frame of echo above -60 dBFS to when it is known, ms; null: never. */
  readonly detectedMs: number | null;
  /** Of the frames with echo and without own voice, once detected: those ducked by 20 dB and more. */
  readonly duckedShare: number;
  /** Of the frames in which the own voice is 10 dB above the echo: those ducked by 6 dB and more. */
  readonly cutShare: number;
}

/** 32 kbit/s, as browsers send voices. */
const UPLINK: OpusEncoderOptions = {
  bitrate: 32_000,
  application: "voip",
  fec: true,
  packetLossPercent: 10,
  complexity: 5,
};

/** What a codec makes of sound: the same length, later by the codec's own delay. */
async function throughOpus(
  opus: Opus,
  pcm: Float32Array,
  options: OpusEncoderOptions = UPLINK,
): Promise<Float32Array<ArrayBuffer>> {
  const encoder = await opus.createEncoder(options);
  const decoder = await opus.createDecoder();
  const out = new Float32Array(pcm.length);
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    out.set(decoder.decode(encoder.encode(pcm.subarray(at, at + FRAME_SAMPLES))), at);
  }
  encoder.close();
  decoder.close();
  return out;
}

/** The sound that comes back, at the microphone. */
function echoOf(played: Float32Array, scene: EchoScene): Float32Array<ArrayBuffer> {
  const room = new Room(scene.seed, scene.delayMs);
  const out = new Float32Array(played.length);
  for (let at = 0; at + FRAME_SAMPLES <= played.length; at += FRAME_SAMPLES) {
    out.set(room.heard(FRAME_SAMPLES), at);
    room.play(played.subarray(at, at + FRAME_SAMPLES));
  }
  const gain = 10 ** ((scene.returnDb + rmsDbfs(played) - rmsDbfs(out)) / 20);
  return out.map((sample) => sample * gain);
}

/** What the microphone sends, after its codec, and what of it is echo. */
async function sceneSound(opus: Opus, scene: EchoScene) {
  const echo = echoOf(await throughOpus(opus, scene.far), scene);
  const hiss = noise(10 ** (scene.noiseDbfs / 20), echo.length, scene.seed);
  const mic = echo.map((sample, i) => sample + scene.own[i]! + hiss[i]!);
  return { mic: await throughOpus(opus, mic), echo };
}

export async function echoRun(opus: Opus, scene: EchoScene): Promise<EchoRun> {
  const { mic, echo } = await sceneSound(opus, scene);
  return judged(mic, echo, scene);
}

function judged(mic: Float32Array, echo: Float32Array, { far, own }: EchoScene): EchoRun {
  const guard = new VoiceGuard();
  const tally = { echo: 0, ducked: 0, own: 0, cut: 0 };
  let [beganAt, detectedMs]: (number | null)[] = [null, null];
  for (let at = 0; at + FRAME_SAMPLES <= mic.length; at += FRAME_SAMPLES) {
    const frame = (pcm: Float32Array) => pcm.subarray(at, at + FRAME_SAMPLES);
    const gain = guard.process(frame(mic).slice(), frame(far));
    const [echoDb, ownDb] = [rmsDbfs(frame(echo)), rmsDbfs(frame(own))];
    if (echoDb > -60) beganAt ??= at;
    if (guard.isEchoing && beganAt !== null) {
      detectedMs ??= (at - beganAt) / 48 + FRAME_MS;
    }
    if (detectedMs === null) continue;
    if (echoDb > -45 && ownDb < -60) {
      tally.echo += 1;
      if (gain < 0.1) tally.ducked += 1;
    } else if (ownDb > -40 && ownDb > echoDb + 10) {
      tally.own += 1;
      if (gain < 0.5) tally.cut += 1;
    }
  }
  return {
    detectedMs,
    duckedShare: tally.ducked / Math.max(1, tally.echo),
    cutShare: tally.cut / Math.max(1, tally.own),
  };
}

/** Seconds of a microphone beside what was sent to it, with nothing of it coming back. */
export function falseEchoes(mic: Float32Array, sent: Float32Array): number {
  const detector = new EchoDetector();
  const wide = atSixteen();
  let [alarms, was] = [0, false];
  for (let at = 0; at + FRAME_SAMPLES <= Math.min(mic.length, sent.length); at += FRAME_SAMPLES) {
    detector.push(
      wide(mic.subarray(at, at + FRAME_SAMPLES)),
      sent.subarray(at, at + FRAME_SAMPLES),
    );
    if (detector.isLooping && !was) alarms += 1;
    was = detector.isLooping;
  }
  return alarms;
}
