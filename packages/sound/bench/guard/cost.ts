import { FRAME_SAMPLES } from "@rostra/wire";
import { VoiceGuard } from "../../src/guard/voice-guard.ts";
import type { Opus } from "../../src/opus/opus.ts";
import { noise } from "../../test/synthetic-voice.ts";

/** What is measured: a guard, or something else that is done to each frame. */
type Work = (voice: Float32Array, sent: Float32Array | undefined) => void;

export interface GuardCost {
  readonly state: string;
  /** Of the guard, CPU ms per second of sound. */
  readonly guardMs: number;
  /** Of decoding the same sound from Opus in the same run: tells a slow machine from a slow guard. */
  readonly decodeMs: number;
}

/** How often the sound is gone through; the first time is to get warm. */
const ROUNDS = 4;
const QUIET_ROOM_DBFS = -65;
const ECHO_DELAY_FRAMES = 9;

function cpuMsPerSecond(work: Work, voice: Float32Array, sent: Float32Array | undefined): number {
  const frame = new Float32Array(FRAME_SAMPLES);
  let began = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round === 1) began = process.cpuUsage();
    for (let at = 0; at + FRAME_SAMPLES <= voice.length; at += FRAME_SAMPLES) {
      frame.set(voice.subarray(at, at + FRAME_SAMPLES));
      work(frame, sent?.subarray(at, at + FRAME_SAMPLES));
    }
  }
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000 / (ROUNDS - 1) / (voice.length / 48_000);
}

async function decodeCost(opus: Opus, voice: Float32Array): Promise<number> {
  const encoder = await opus.createEncoder({ bitrate: 32_000, application: "voip" });
  const decoder = await opus.createDecoder();
  const packets: Uint8Array[] = [];
  for (let at = 0; at + FRAME_SAMPLES <= voice.length; at += FRAME_SAMPLES) {
    packets.push(encoder.encode(voice.subarray(at, at + FRAME_SAMPLES)).slice());
  }
  let index = 0;
  const cost = cpuMsPerSecond(
    () => decoder.decode(packets[index++ % packets.length]!),
    voice,
    undefined,
  );
  encoder.close();
  decoder.close();
  return cost;
}

/** What the guard costs in each state of a conversation. @param voice, other people without pause */
export async function guardCosts(
  opus: Opus,
  voice: Float32Array,
  other: Float32Array,
): Promise<GuardCost[]> {
  const room = noise(10 ** (QUIET_ROOM_DBFS / 20), voice.length);
  const echo = new Float32Array(other.length);
  echo.set(
    other.subarray(0, -ECHO_DELAY_FRAMES * FRAME_SAMPLES),
    ECHO_DELAY_FRAMES * FRAME_SAMPLES,
  );
  const states = [
    ["talks, others too", voice, other],
    ["talks, others listen", voice, room],
    ["talks, is sent nothing", voice, undefined],
    ["listens in a quiet room", room, other],
    ["sends an echo", echo.map((sample, i) => sample / 4 + room[i]!), other],
    ["everyone is quiet", room, room],
  ] as const;
  const costs: GuardCost[] = [];
  for (const [state, mic, sent] of states) {
    const guard = new VoiceGuard();
    const guardMs = cpuMsPerSecond((pcm, back) => guard.process(pcm, back), mic, sent);
    costs.push({ state, guardMs, decodeMs: await decodeCost(opus, mic) });
  }
  return costs;
}
