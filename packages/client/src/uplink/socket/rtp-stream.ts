import {
  FRAME_SAMPLES,
  type ProgramFrame,
  parseRtp,
  writeRtp,
  writeSenderReport,
} from "@rostra/wire";

/** RTP as it goes over a stage socket (docs/protocol/stage-v1.md). Pure. */

/** Fixed, since nothing is negotiated. */
const OPUS_PAYLOAD_TYPE = 111;

/** Numbers our packets: one of 20 ms after the other, left out or not. */
export class RtpWriter {
  readonly #ssrc: number;
  /** Of the packet before the first. */
  readonly #base: number;
  #sequence: number;
  #packets = 0;
  #payloadBytes = 0;

  /** @param random fills four numbers: RTP begins anywhere (RFC 3550, section 5.1) */
  constructor(random: () => Uint32Array = () => crypto.getRandomValues(new Uint32Array(3))) {
    const [ssrc = 0, sequence = 0, timestamp = 0] = random();
    this.#ssrc = ssrc;
    this.#sequence = sequence & 0xffff;
    this.#base = timestamp;
  }

  /** The next packet; one that is not sent shows as a loss, and is concealed. */
  write(payload: Uint8Array): Uint8Array {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#packets += 1;
    this.#payloadBytes += payload.length;
    return writeRtp({
      payloadType: OPUS_PAYLOAD_TYPE,
      marker: false,
      sequence: this.#sequence,
      timestamp: this.#timestampOf(this.#packets),
      ssrc: this.#ssrc,
      payload,
    });
  }

  /**
   * A sender report: which moment the packets' timestamps are of.
   * @param frame of the microphone, 1 for the first: that of the packet with the same number
   * @param atMs when that frame began, ms since 1970
   */
  report(frame: number, atMs: number): Uint8Array {
    return writeSenderReport({
      ssrc: this.#ssrc,
      atMs,
      timestamp: this.#timestampOf(frame),
      packets: this.#packets,
      payloadBytes: this.#payloadBytes,
    });
  }

  #timestampOf(packet: number): number {
    return (this.#base + packet * FRAME_SAMPLES) % 2 ** 32;
  }
}

/** What a player takes: numbered frames, by the packets' timestamps. */
export class RtpReader {
  #last: number | undefined;
  #number = 0;

  /** @returns undefined for what is no packet of ours */
  read(datagram: Uint8Array): ProgramFrame | undefined {
    let rtp: ReturnType<typeof parseRtp>;
    try {
      rtp = parseRtp(datagram);
    } catch {
      return undefined;
    }
    if (rtp.payloadType !== OPUS_PAYLOAD_TYPE || rtp.payload.length === 0) return undefined;
    // On a 32-bit circle, the shorter way round.
    const step = (rtp.timestamp - (this.#last ?? rtp.timestamp)) | 0;
    this.#last = rtp.timestamp;
    this.#number += Math.round(step / FRAME_SAMPLES);
    return { number: this.#number, packet: rtp.payload, holding: false };
  }
}
