import { packetSamples, saysSilence } from "@rostra/sound";
import { parseRtp, type RtpPacket, senderReportsIn } from "@rostra/wire";
import type { MediaPacket, StoreResult } from "../jitter/jitter-buffer.ts";
import { Unwrapper } from "../jitter/unwrap.ts";
import { SenderClock } from "./sender-clock.ts";

/** So many packets in a row from the past: the sender has begun to count anew. */
const RESTART_AFTER_LATE = 25;

export interface PacketSink {
  push(packet: MediaPacket, arrivalMs: number, latestMs: number): StoreResult;
  clear(): void;
}

/**
 * From datagrams to media packets: checks them, follows the stream (SSRC) that the sender uses
 * now, and unwraps its counters.
 */
export class RtpSource {
  readonly #payloadType: number;
  readonly #sink: PacketSink;
  #ssrc: number | undefined;
  #sequences = new Unwrapper(16);
  #timestamps = new Unwrapper(32);
  #senderClock = new SenderClock();
  #lateInARow = 0;
  #isSilent = false;

  constructor(payloadType: number, sink: PacketSink) {
    this.#payloadType = payloadType;
    this.#sink = sink;
  }

  /** The last packet said that silence follows: the next may be 400 ms away (DTX). */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** @returns undefined where the datagram is no packet of ours; never throws */
  receive(datagram: Uint8Array, arrivalMs: number, latestMs = arrivalMs): StoreResult | undefined {
    const parsed = this.#parse(datagram);
    if (parsed === undefined) return undefined;
    const { rtp, samples } = parsed;
    if (rtp.ssrc !== this.#ssrc) this.#restart(rtp.ssrc);
    const packet: MediaPacket = {
      sequence: this.#sequences.unwrap(rtp.sequence),
      timestamp: this.#timestamps.unwrap(rtp.timestamp),
      samples,
      payload: rtp.payload,
    };
    this.#isSilent = saysSilence(rtp.payload);
    const result = this.#sink.push(packet, arrivalMs, latestMs);
    this.#lateInARow = result === "late" ? this.#lateInARow + 1 : 0;
    if (this.#lateInARow >= RESTART_AFTER_LATE) this.#restart(rtp.ssrc);
    return result;
  }

  /** When the sender captured what is on the line of timestamps that packets are handed on with. */
  get senderClock(): SenderClock {
    return this.#senderClock;
  }

  /** Takes RTCP: what the sender says of the stream that it uses now. */
  report(datagram: Uint8Array): void {
    for (const { ssrc, timestamp, atMs } of senderReportsIn(datagram)) {
      const unwrapped = ssrc === this.#ssrc ? this.#timestamps.peek(timestamp) : undefined;
      if (unwrapped !== undefined) this.#senderClock.hear(unwrapped, atMs);
    }
  }

  #parse(datagram: Uint8Array): { rtp: RtpPacket; samples: number } | undefined {
    try {
      const rtp = parseRtp(datagram);
      if (rtp.payloadType !== this.#payloadType) return undefined;
      return { rtp, samples: packetSamples(rtp.payload) };
    } catch {
      return undefined; // garbage, or an empty payload: counted by the caller, worth no log line
    }
  }

  #restart(ssrc: number): void {
    if (this.#ssrc !== undefined) this.#sink.clear();
    this.#ssrc = ssrc;
    this.#sequences = new Unwrapper(16);
    this.#timestamps = new Unwrapper(32);
    this.#senderClock = new SenderClock();
    this.#lateInARow = 0;
  }
}
