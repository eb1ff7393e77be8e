import { interleaved } from "@rostra/sound";
import { FRAME_MS, SAMPLE_RATE_HZ, writeRtp } from "@rostra/wire";
import { createEncoder } from "libopus-wasm";
import { seededRandom } from "./random.ts";

export const TEST_PAYLOAD_TYPE = 111;

export interface UplinkOptions {
  readonly packetMs?: 10 | 20 | 40 | 60;
  readonly channels?: 1 | 2;
  /** The right channel of music in stereo, of which `pcm` is the left. */
  readonly right?: Float32Array;
  readonly fec?: boolean;
  /**
   * Skip silence: packets are left out, timestamps go on. As browsers do, the first packet of those
   * that hold nothing is sent (WebRTC's opus_interface.cc), so the receiver knows; `unsaid`: it isn't.
   */
  readonly dtx?: boolean | "unsaid";
  readonly firstSequence?: number;
  readonly firstTimestamp?: number;
  readonly ssrc?: number;
}

export interface TimedDatagram {
  readonly atMs: number;
  readonly datagram: Uint8Array;
}

/** What a speaker's client sends, each packet when its last sample has been spoken, from 0 ms. */
export async function encodeUplink(
  pcm: Float32Array,
  options: UplinkOptions = {},
): Promise<TimedDatagram[]> {
  const { packetMs = 20, fec = false, dtx = false, right } = options;
  const channels = right === undefined ? (options.channels ?? 1) : 2;
  const samples = (SAMPLE_RATE_HZ / 1000) * packetMs;
  const encoder = await createEncoder({
    channels,
    bitrate: right === undefined ? 32_000 : 96_000,
    // voip, as browsers do: FEC needs it; audio for music
    application: right === undefined ? 2048 : 2049,
    fec,
    packetLossPercent: fec ? 20 : 0,
    dtx: dtx !== false,
    frameSize: samples,
  });
  const sent: TimedDatagram[] = [];
  let sequence = options.firstSequence ?? 1;
  let isSkipping = false;
  for (let start = 0; start + samples <= pcm.length; start += samples) {
    const piece = pcm.subarray(start, start + samples);
    const other = right?.subarray(start, start + samples) ?? piece;
    const payload = encoder.encodeFloat(channels === 1 ? piece : interleaved(piece, other), {
      frameSize: samples,
    });
    const saysNothing = dtx !== false && payload.length <= 2; // RFC 7587, section 3.1.3
    const isLeftOut = saysNothing && (isSkipping || dtx === "unsaid");
    isSkipping = saysNothing;
    if (isLeftOut) continue;
    const datagram = writeRtp({
      payloadType: TEST_PAYLOAD_TYPE,
      marker: false,
      sequence: sequence & 0xffff,
      timestamp: ((options.firstTimestamp ?? 0) + start) % 2 ** 32,
      ssrc: options.ssrc ?? 7,
      payload,
    });
    sequence += 1;
    sent.push({ atMs: ((start + samples) / SAMPLE_RATE_HZ) * 1000, datagram });
  }
  encoder.free();
  return sent;
}

export interface LinkOptions {
  readonly delayMs?: number;
  /** Added to each packet's delay: exponentially distributed with this mean. */
  readonly jitterMs?: number;
  /** Share of packets that get lost, 0 to 1. */
  readonly loss?: number;
  readonly duplicates?: number;
  /** The sender's clock is faster than ours by this. */
  readonly driftPpm?: number;
  /** The link stands still for `stallMs` this often, and then delivers in one burst. */
  readonly stallEveryMs?: number;
  readonly stallMs?: number;
  readonly seed?: number;
}

/** Carries packets over a link that isn't perfect. @returns them in order of arrival */
export function overLink(
  sent: readonly TimedDatagram[],
  options: LinkOptions = {},
): TimedDatagram[] {
  const { delayMs = 30, jitterMs = 0, loss = 0, duplicates = 0, driftPpm = 0 } = options;
  const random = seededRandom(options.seed ?? 1);
  const { stallEveryMs = Number.POSITIVE_INFINITY, stallMs = 0 } = options;
  const arrived: TimedDatagram[] = [];
  for (const { atMs, datagram } of sent) {
    const arrivalMs = () => {
      const ms = atMs / (1 + driftPpm / 1e6) + delayMs - jitterMs * Math.log(1 - random());
      const intoStallMs = ms >= stallEveryMs ? ms % stallEveryMs : stallMs;
      return ms + Math.max(0, stallMs - intoStallMs);
    };
    if (random() < loss) continue;
    arrived.push({ atMs: arrivalMs(), datagram });
    if (random() < duplicates) arrived.push({ atMs: arrivalMs(), datagram });
  }
  return arrived.sort((a, b) => a.atMs - b.atMs);
}

/** Something that takes packets and makes a frame per tick. */
export interface Receiver {
  push(datagram: Uint8Array, nowMs: number): void;
  /** @returns the frame; copied */
  tick(nowMs: number): Float32Array;
}

/** Runs a receiver over `durationMs` of virtual time from 0. @returns all that it played */
export function playThrough(
  receiver: Receiver,
  arrivals: readonly TimedDatagram[],
  durationMs: number,
): Float32Array {
  const frames: Float32Array[] = [];
  let next = 0;
  for (let nowMs = 0; nowMs < durationMs; nowMs += FRAME_MS) {
    while (next < arrivals.length && arrivals[next]!.atMs <= nowMs) {
      receiver.push(arrivals[next]!.datagram, arrivals[next]!.atMs);
      next += 1;
    }
    frames.push(receiver.tick(nowMs).slice());
  }
  const heard = new Float32Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    heard.set(frame, at);
    at += frame.length;
  }
  return heard;
}
