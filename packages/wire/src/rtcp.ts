import { isRtcp } from "./rtp.ts";

/**
 * What a sender says of its own clock (RFC 3550, section 6.4.1): the sample with that RTP timestamp
 * is of that moment. From two reports of one microphone, on two connections with timestamps of their
 * own, follows which packets carry the same instant.
 */
export interface SenderReport {
  readonly ssrc: number;
  /** By the sender's clock, ms since 1970, with fractions; how right that clock is, nobody knows. */
  readonly atMs: number;
  /** 0 to 2^32 - 1. */
  readonly timestamp: number;
  /** Sent up to now, on this SSRC; both wrap at 2^32. */
  readonly packets: number;
  readonly payloadBytes: number;
}

/** What a receiver says of one stream, for its sender (RFC 3550, section 6.4.1). */
export interface ReceptionReport {
  /** Of the stream. */
  readonly ssrc: number;
  /** Share that was lost since the report before, 0 to 1. */
  readonly fractionLost: number;
  /** Since the beginning; below 0 where packets came twice. */
  readonly lost: number;
  /** Highest sequence number, with the times that it wrapped in the upper 16 bits. */
  readonly highestSequence: number;
  /** In samples. */
  readonly jitter: number;
  /** The middle 32 bits of the NTP time of the last sender report; 0: none came. */
  readonly lastReport: number;
  /** Since that one came, in 1/65,536 s. */
  readonly sinceLastReport: number;
}

const RTCP_VERSION = 2;
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SENDER_REPORT_BYTES = 28;
const RECEIVER_REPORT_BYTES = 32;
/** NTP counts from 1900, in seconds and in parts of 2^32 of one. */
const NTP_TO_1970_SECONDS = 2_208_988_800;

/** Writes a report without blocks about what is received. */
export function writeSenderReport(report: SenderReport): Uint8Array {
  const datagram = new Uint8Array(SENDER_REPORT_BYTES);
  const view = new DataView(datagram.buffer);
  view.setUint8(0, RTCP_VERSION << 6);
  view.setUint8(1, SENDER_REPORT);
  view.setUint16(2, SENDER_REPORT_BYTES / 4 - 1);
  view.setUint32(4, report.ssrc >>> 0);
  const seconds = Math.floor(report.atMs / 1_000);
  view.setUint32(8, (seconds + NTP_TO_1970_SECONDS) % 2 ** 32);
  view.setUint32(12, Math.floor((report.atMs / 1_000 - seconds) * 2 ** 32));
  view.setUint32(16, report.timestamp >>> 0);
  view.setUint32(20, report.packets >>> 0);
  view.setUint32(24, report.payloadBytes >>> 0);
  return datagram;
}

/** Writes what the receiver `ssrc` says of one stream. */
export function writeReceiverReport(ssrc: number, block: ReceptionReport): Uint8Array {
  const datagram = new Uint8Array(RECEIVER_REPORT_BYTES);
  const view = new DataView(datagram.buffer);
  view.setUint8(0, (RTCP_VERSION << 6) | 1);
  view.setUint8(1, RECEIVER_REPORT);
  view.setUint16(2, RECEIVER_REPORT_BYTES / 4 - 1);
  view.setUint32(4, ssrc >>> 0);
  view.setUint32(8, block.ssrc >>> 0);
  const fraction = Math.min(255, Math.max(0, Math.floor(block.fractionLost * 256)));
  const lost = Math.max(-(2 ** 23), Math.min(2 ** 23 - 1, block.lost));
  view.setUint32(12, ((fraction << 24) | (lost & 0xff_ffff)) >>> 0);
  view.setUint32(16, block.highestSequence >>> 0);
  view.setUint32(20, Math.round(block.jitter) >>> 0);
  view.setUint32(24, block.lastReport >>> 0);
  view.setUint32(28, block.sinceLastReport >>> 0);
  return datagram;
}

/** As {@link ReceptionReport.lastReport} has it. */
export function middleNtp(atMs: number): number {
  return Math.floor((atMs / 1_000 + NTP_TO_1970_SECONDS) * 65_536) % 2 ** 32;
}

/**
 * The sender reports in an RTCP datagram, which may be a compound of several packets (section 6.1).
 * What can't be read ends it: reports before that stand.
 */
export function senderReportsIn(datagram: Uint8Array): SenderReport[] {
  const reports: SenderReport[] = [];
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  for (let at = 0; at + 4 <= datagram.length; ) {
    if (view.getUint8(at) >> 6 !== RTCP_VERSION || !isRtcp(datagram.subarray(at))) break;
    const bytes = (view.getUint16(at + 2) + 1) * 4;
    if (at + bytes > datagram.length) break;
    const isReport = view.getUint8(at + 1) === SENDER_REPORT && bytes >= SENDER_REPORT_BYTES;
    if (isReport) reports.push(reportAt(view, at));
    at += bytes;
  }
  return reports;
}

function reportAt(view: DataView, at: number): SenderReport {
  // The seconds wrap in 2036: those of the first 68 years after 1900 are of the next era.
  const wrapped = view.getUint32(at + 8);
  const seconds = wrapped + (wrapped < 2 ** 31 ? 2 ** 32 : 0) - NTP_TO_1970_SECONDS;
  return {
    ssrc: view.getUint32(at + 4),
    atMs: seconds * 1_000 + (view.getUint32(at + 12) * 1_000) / 2 ** 32,
    timestamp: view.getUint32(at + 16),
    packets: view.getUint32(at + 20),
    payloadBytes: view.getUint32(at + 24),
  };
}
