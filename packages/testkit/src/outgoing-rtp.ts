import { writeRtp, writeSenderReport } from "@rostra/wire";

/** Payload type of Opus: what our offers say, and what a stage socket takes without one. */
const OPUS_PAYLOAD_TYPE = 111;

/**
 * One microphone as one connection sends it. SSRC and timestamps begin anywhere (RFC 3550, section
 * 5.1), so two connections of one microphone have nothing in common but what their reports say.
 */
export class OutgoingRtp {
  readonly ssrc: number;
  readonly #offset: number;
  #sequence: number;
  #packets = 0;
  #payloadBytes = 0;

  constructor() {
    const [ssrc, offset, sequence] = crypto.getRandomValues(new Uint32Array(3));
    this.ssrc = ssrc!;
    this.#offset = offset!;
    this.#sequence = sequence! & 0xffff;
  }

  /** @param timestamp of the microphone, in samples at 48 kHz from any beginning */
  packet(payload: Uint8Array, timestamp: number): Uint8Array {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#packets += 1;
    this.#payloadBytes += payload.length;
    return writeRtp({
      payloadType: OPUS_PAYLOAD_TYPE,
      marker: false,
      sequence: this.#sequence,
      timestamp: this.#timestampOf(timestamp),
      ssrc: this.ssrc,
      payload,
    });
  }

  /** @param timestamp of the microphone, which its clock has at `atMs` (ms since 1970) */
  report(timestamp: number, atMs: number): Uint8Array {
    return writeSenderReport({
      ssrc: this.ssrc,
      atMs,
      timestamp: this.#timestampOf(timestamp),
      packets: this.#packets,
      payloadBytes: this.#payloadBytes,
    });
  }

  #timestampOf(timestamp: number): number {
    return (timestamp + this.#offset) % 2 ** 32;
  }
}
