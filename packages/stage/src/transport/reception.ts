import {
  isRtcp,
  middleNtp,
  type ReceptionReport,
  SAMPLE_RATE_HZ,
  senderReportsIn,
} from "@rostra/wire";
import { Unwrapper } from "../jitter/unwrap.ts";

const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1000;
const RTP_HEADER_BYTES = 12;

/**
 * What came of one sender's stream, as its own reports ask for: so that a browser knows of losses,
 * and makes its packets proof against them. Counts as RFC 3550 has it (sections 6.4.1, A.3, A.8).
 * Pure: times are the caller's, ms.
 */
export class Reception {
  #ssrc: number | undefined;
  #sequences = new Unwrapper(16);
  #first = 0;
  #highest = 0;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #jitter = 0;
  #transit: number | undefined;

  /**
   * Takes any datagram of the connection.
   * @returns what to tell the sender; undefined: nothing now
   */
  take(datagram: Uint8Array, nowMs: number): ReceptionReport | undefined {
    if (isRtcp(datagram)) return this.#answer(datagram);
    if (datagram.length >= RTP_HEADER_BYTES) this.#count(datagram, nowMs);
    return undefined;
  }

  #count(datagram: Uint8Array, nowMs: number): void {
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    const ssrc = view.getUint32(8);
    if (ssrc !== this.#ssrc) this.#begin(ssrc);
    const sequence = this.#sequences.unwrap(view.getUint16(2));
    if (this.#received === 0) this.#first = sequence;
    this.#highest = Math.max(this.#highest, sequence);
    this.#received += 1;
    // Modulo 2^32, as timestamps are: only differences count.
    const transit = (Math.round(nowMs * SAMPLES_PER_MS) - view.getUint32(4)) % 2 ** 32;
    const moved = Math.abs((transit - (this.#transit ?? transit)) | 0);
    this.#transit = transit;
    this.#jitter += (moved - this.#jitter) / 16;
  }

  #begin(ssrc: number): void {
    this.#ssrc = ssrc;
    this.#sequences = new Unwrapper(16);
    [this.#highest, this.#received, this.#expectedBefore, this.#receivedBefore] = [0, 0, 0, 0];
    [this.#jitter, this.#transit] = [0, undefined];
  }

  /** At once, so that nothing has passed since the sender's report. */
  #answer(datagram: Uint8Array): ReceptionReport | undefined {
    const report = senderReportsIn(datagram).find(({ ssrc }) => ssrc === this.#ssrc);
    if (report === undefined || this.#received === 0) return undefined;
    const expected = this.#highest - this.#first + 1;
    const due = expected - this.#expectedBefore;
    const lost = due - (this.#received - this.#receivedBefore);
    [this.#expectedBefore, this.#receivedBefore] = [expected, this.#received];
    return {
      ssrc: report.ssrc,
      fractionLost: due > 0 ? Math.max(0, lost / due) : 0,
      lost: expected - this.#received,
      // Unwrapping begins one turn up.
      highestSequence: this.#highest - 2 ** 16,
      jitter: this.#jitter,
      lastReport: middleNtp(report.atMs),
      sinceLastReport: 0,
    };
  }
}
