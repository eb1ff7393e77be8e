import { FRAME_SAMPLES, FRAMES_PER_SECOND } from "@rostra/wire";
import { VoiceGuard } from "../../src/guard/voice-guard.ts";
import type { Opus } from "../../src/opus/opus.ts";
import { noise } from "../../test/synthetic-voice.ts";

/** What is measured: a guard, or something else that is done to each frame. */
type Work = (voice: Float32Array, sent: Float32Array | undefined) => unknown;

export interface GuardCost {
  readonly state: string;
  /** Of the guard, CPU ms per second of sound. */
  readonly guardMs: number;
  /** Of decoding the same sound from Opus in the same run: tells a slow machine from a slow guard. */
  readonly decodeMs: number;
}

/** How often the sound is gone through; the first time is to get warm. */
const ROUNDS = 10;
const QUIET_ROOM_DBFS = -65;
const ECHO_DELAY_FRAMES = 9;

/**
 * In turns, a second of sound each: whatever else the machine does slows all alike.
 * @returns CPU ms per second of sound of each
 */
function cpuMsPerSecond(
  works: readonly Work[],
  voice: Float32Array,
  sent: Float32Array | undefined,
): number[] {
  const frame = new Float32Array(FRAME_SAMPLES);
  const spent = works.map(() => 0);
  const second = FRAMES_PER_SECOND * FRAME_SAMPLES;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let start = 0; start + second <= voice.length; start += second) {
      for (const [i, work] of works.entries()) {
        const began = process.cpuUsage();
        for (let at = start; at < start + second; at += FRAME_SAMPLES) {
          frame.set(voice.subarray(at, at + FRAME_SAMPLES));
          work(frame, sent?.subarray(at, at + FRAME_SAMPLES));
        }
        const { user, system } = process.cpuUsage(began);
        if (round > 0) spent[i]! += (user + system) / 1000;
      }
    }
  }
  return spent.map((ms) => ms / (ROUNDS - 1) / (voice.length / 48_000));
}

/** Decodes a sound's packets, one each time, over and over. */
async function decoding(opus: Opus, voice: Float32Array) {
  const encoder = await opus.createEncoder({ bitrate: 32_000, application: "voip" });
  const decoder = await opus.createDecoder();
  const packets: Uint8Array[] = [];
  for (let at = 0; at + FRAME_SAMPLES <= voice.length; at += FRAME_SAMPLES) {
    packets.push(encoder.encode(voice.subarray(at, at + FRAME_SAMPLES)).slice());
  }
  encoder.close();
  let index = 0;
  return {
    next: () => decoder.decode(packets[index++ % packets.length]!),
    close: () => decoder.close(),
  };
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
    const decoder = await decoding(opus, mic);
    const works = [
      (pcm: Float32Array, back: Float32Array | undefined) => guard.process(pcm, back),
      () => decoder.next(),
    ];
    const [guardMs, decodeMs] = cpuMsPerSecond(works, mic, sent);
    decoder.close();
    costs.push({ state, guardMs: guardMs!, decodeMs: decodeMs! });
  }
  return costs;
}
