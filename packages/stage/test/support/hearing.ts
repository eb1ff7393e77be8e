import { alignAndCorrelate, type OpusDecoder } from "@rostra/sound";
import { TEST_EPOCH_MS } from "@rostra/testkit";
import { FRAME_MS, type ProgramFrame, SAMPLE_RATE_HZ, type UserId } from "@rostra/wire";
import type { Speaker } from "../../src/speaker/speaker.ts";
import { encodeUplink, overLink, type TimedDatagram } from "./uplink.ts";
import type { TestStage } from "./world.ts";

/** Somebody who talks, with all their packets and when each arrives, from frame 0. */
export interface Talker {
  readonly speaker: Speaker;
  readonly arrivals: readonly TimedDatagram[];
}

export interface Heard {
  readonly frames: ProgramFrame[];
  /** Of how many voices each frame holds sound that was received. */
  readonly voices: number[];
  /** The program, decoded by one decoder from beginning to end. */
  readonly program: Float32Array;
  readonly feeds: Map<UserId, Float32Array>;
}

/** The frame that somebody heard last; undefined: nothing yet. */
export type LastHeard = (who: UserId) => Float32Array | undefined;

/** Runs a stage over frames `from` to `to` while people talk; their packets begin at frame 0. */
export async function run(
  stage: TestStage,
  talkers: readonly Talker[],
  to: number,
  onTick: (number: number, lastHeard: LastHeard) => void = () => {},
): Promise<Heard> {
  const decoders = new Map<UserId | "program", OpusDecoder>();
  const sounds = new Map<UserId | "program", Float32Array>();
  const hear = async (who: UserId | "program", number: number, packet: Uint8Array) => {
    if (!decoders.has(who)) {
      decoders.set(who, await stage.opus.createDecoder());
      sounds.set(who, new Float32Array((to * SAMPLE_RATE_HZ * FRAME_MS) / 1000));
    }
    sounds.get(who)!.set(decoders.get(who)!.decode(packet), number * 960);
  };
  const [frames, counts]: [ProgramFrame[], number[]] = [[], []];
  const next = talkers.map(() => 0);
  for (let number = 0; number < to; number += 1) {
    const nowMs = number * FRAME_MS;
    for (const [index, { speaker, arrivals }] of talkers.entries()) {
      for (let at = next[index]!; arrivals[at] && arrivals[at].atMs <= nowMs; at += 1) {
        speaker.push(arrivals[at].datagram, TEST_EPOCH_MS + arrivals[at].atMs);
        next[index] = at + 1;
      }
    }
    onTick(number, (who) => sounds.get(who)?.subarray((number - 1) * 960, number * 960));
    const { frame, feeds, voices } = stage.program.tick(number);
    frames.push(frame);
    counts.push(voices);
    await hear("program", number, frame.packet);
    for (const feed of feeds) await hear(feed.speaker.userId, number, feed.packet);
  }
  const program = sounds.get("program")!;
  sounds.delete("program");
  return { frames, voices: counts, program, feeds: sounds as Map<UserId, Float32Array> };
}

export async function talker(stage: TestStage, userId: UserId, pcm: Float32Array): Promise<Talker> {
  return {
    speaker: await stage.speaker(userId),
    arrivals: overLink(await encodeUplink(pcm), { delayMs: 10 }),
  };
}

export function likeness(a: Float32Array, b: Float32Array): number {
  return alignAndCorrelate(a, b, SAMPLE_RATE_HZ, { maxLagMs: 300 }).correlation;
}

export function sum(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((sample, index) => sample + b[index]!);
}
