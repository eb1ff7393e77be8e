import {
  FRAME_MS,
  frameTimeMs,
  SAMPLE_RATE_HZ,
  type UserId,
  writeSenderReport,
} from "@rostra/wire";
import type { Speaker } from "../../src/speaker/speaker.ts";
import { encodeUplink, type LinkOptions, overLink, type TimedDatagram } from "./uplink.ts";
import { TestStage } from "./world.ts";

/** One microphone's way to one stage: a connection of its own, with reports each second. */
export interface Way {
  readonly ssrc: number;
  readonly firstTimestamp: number;
  readonly link: LinkOptions;
  /** The microphone is heard so late on this connection, samples: encoders don't begin together. */
  readonly skipSamples?: number;
}

/** By the speaker's own clock, which nobody else has. */
const SPEAKER_EPOCH_MS = 1_700_000_123_456.25;
const REPORT_EVERY_MS = 1_000;

/** @returns packets and reports of `pcm`, as they arrive */
export async function sendTo(way: Way, pcm: Float32Array): Promise<TimedDatagram[]> {
  const { ssrc, firstTimestamp, skipSamples = 0 } = way;
  const sent = await encodeUplink(pcm.subarray(skipSamples), { ssrc, firstTimestamp });
  const skipMs = (skipSamples / SAMPLE_RATE_HZ) * 1_000;
  const reports: TimedDatagram[] = [];
  for (let atMs = 100; atMs < (pcm.length / SAMPLE_RATE_HZ) * 1_000; atMs += REPORT_EVERY_MS) {
    const timestamp = firstTimestamp + Math.round((atMs - skipMs) * (SAMPLE_RATE_HZ / 1_000));
    const report = { ssrc, timestamp, atMs: SPEAKER_EPOCH_MS + atMs, packets: 0, payloadBytes: 0 };
    reports.push({ atMs, datagram: writeSenderReport(report) });
  }
  const packets = sent.map(({ atMs, datagram }) => ({ atMs: atMs + skipMs, datagram }));
  return overLink([...packets, ...reports], way.link);
}

/** One of the stages of a pair, without sockets or clocks. */
export class PairedStage {
  readonly stage: TestStage;
  readonly speaker: Speaker;
  readonly packets: Uint8Array[] = [];
  readonly #heard: Float32Array[] = [];
  readonly #arrivals: readonly TimedDatagram[];
  #next = 0;

  private constructor(stage: TestStage, speaker: Speaker, arrivals: readonly TimedDatagram[]) {
    this.stage = stage;
    this.speaker = speaker;
    this.#arrivals = arrivals;
  }

  static async open(
    change: Parameters<typeof TestStage.open>[0],
    id: UserId,
    arrivals: readonly TimedDatagram[],
  ): Promise<PairedStage> {
    const stage = await TestStage.open(change);
    return new PairedStage(stage, await stage.speaker(id), arrivals);
  }

  /** Frame `number`, at its moment. */
  tick(number: number): void {
    const { epochMs } = this.stage.program.snapshot;
    for (; this.#next < this.#arrivals.length; this.#next += 1) {
      const { atMs, datagram } = this.#arrivals[this.#next]!;
      if (atMs > number * FRAME_MS) break;
      this.speaker.push(datagram, epochMs + atMs);
    }
    this.packets.push(this.stage.program.tick(number).frame.packet);
    this.#heard.push(this.speaker.pcm.slice());
  }

  /** The speaker's sound of frames `from` to before `to`. */
  heard(from: number, to: number): Float32Array {
    const frames = this.#heard.slice(from, to);
    const pcm = new Float32Array(frames.length * frames[0]!.length);
    for (const [index, frame] of frames.entries()) pcm.set(frame, index * frame.length);
    return pcm;
  }
}

/** Both stages over `frames`; the second is told each tenth of a second where the first is. */
export function runPair(first: PairedStage, second: PairedStage, frames: number): void {
  const { epochMs } = first.stage.program.snapshot;
  for (let number = 0; number < frames; number += 1) {
    first.tick(number);
    second.tick(number);
    if (number % 5 !== 0) continue;
    const voices = first.stage.program.voicePlaces();
    const timing = { term: 0, frame: number + 1, atMs: frameTimeMs(epochMs, number), voices };
    second.stage.program.heed("second", timing);
    const wishes = { ...timing, voices: second.stage.program.ownPlaces(number + 1) };
    first.stage.program.heed("first", wishes);
  }
}

/** How many samples `b` is behind `a`, and how like it is there: -1 to 1. */
export function lagOf(
  a: Float32Array,
  b: Float32Array,
  atMost: number,
): { readonly samples: number; readonly likeness: number } {
  let [best, bestLikeness] = [0, Number.NEGATIVE_INFINITY];
  for (let lag = -atMost; lag <= atMost; lag += 1) {
    let [product, energyA, energyB] = [0, 1e-9, 1e-9];
    for (let i = atMost; i < a.length - atMost; i += 3) {
      product += a[i]! * b[i + lag]!;
      energyA += a[i]! ** 2;
      energyB += b[i + lag]! ** 2;
    }
    const likeness = product / Math.sqrt(energyA * energyB);
    if (likeness > bestLikeness) [best, bestLikeness] = [lag, likeness];
  }
  return { samples: best, likeness: bestLikeness };
}
