import { saysSilence } from "@rostra/sound";
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

/**
 * Numbers our packets, one for each frame of 20 ms. Where the encoder says that there is silence, that is
 * sent once: timestamps go on, the sequence has no hole, so that it doesn't look like a loss (RFC 7587, 3.1.3).
 */
export class RtpWriter {
  readonly #ssrc: number;
  /** Of the frame before the first. */
  readonly #base: number;
  #sequence: number;
  #frames = 0;
  #isSilent = false;
  #packets = 0;
  #payloadBytes = 0;

  /** @param random fills four numbers: RTP begins anywhere (RFC 3550, section 5.1) */
  constructor(random: () => Uint32Array = () => crypto.getRandomValues(new Uint32Array(3))) {
    const [ssrc = 0, sequence = 0, timestamp = 0] = random();
    this.#ssrc = ssrc;
    this.#sequence = sequence & 0xffff;
    this.#base = timestamp;
  }

  /**
   * The next frame's packet; one that is not sent shows as a loss, and is concealed.
   * @returns undefined where there is nothing to send: it is as silent as was said before
   */
  write(payload: Uint8Array): Uint8Array | undefined {
    this.#frames += 1;
    const wasSilent = this.#isSilent;
    this.#isSilent = saysSilence(payload);
    if (wasSilent && this.#isSilent) return undefined;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#packets += 1;
    this.#payloadBytes += payload.length;
    return writeRtp({
      payloadType: OPUS_PAYLOAD_TYPE,
      marker: false,
      sequence: this.#sequence,
      timestamp: this.#timestampOf(this.#frames),
      ssrc: this.#ssrc,
      payload,
    });
  }

  /**
   * A sender report: which moment the packets' timestamps are of.
   * @param frame of the microphone, 1 for the first
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

  #timestampOf(frame: number): number {
    return (this.#base + frame * FRAME_SAMPLES) % 2 ** 32;
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
