import fc from "fast-check";
import { expect, it } from "vitest";
import {
  middleNtp,
  type SenderReport,
  senderReportsIn,
  writeReceiverReport,
  writeSenderReport,
} from "./rtcp.ts";

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const report: fc.Arbitrary<SenderReport> = fc.record({
  ssrc: word,
  // 2004 to 2070: NTP's seconds wrap within.
  atMs: fc.integer({ min: 1_100_000_000_000, max: 3_155_760_000_000 }),
  timestamp: word,
  packets: word,
  payloadBytes: word,
});

it("reads what it writes, within a microsecond", () => {
  fc.assert(
    fc.property(report, (written) => {
      const [read, ...others] = senderReportsIn(writeSenderReport(written));
      expect(others).toEqual([]);
      expect({ ...read, atMs: Math.round(read!.atMs * 1_000) / 1_000 }).toEqual(written);
    }),
  );
});

it("is bytes as RFC 3550 has them", () => {
  const written = { ssrc: 1, atMs: 500, timestamp: 2, packets: 3, payloadBytes: 4 };
  const bytes = [
    [0x80, 200, 0, 6, 0, 0, 0, 1],
    [0x83, 0xaa, 0x7e, 0x80, 0x80, 0, 0, 0],
    [0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4],
  ].flat();
  expect([...writeSenderReport(written)]).toEqual(bytes);
});

it("finds reports among the other packets of a compound", () => {
  const receiverReport = [0x80, 201, 0, 1, 0, 0, 0, 9];
  const written = { ssrc: 7, atMs: 1_700_000_000_000, timestamp: 8, packets: 9, payloadBytes: 10 };
  const own = [...writeSenderReport(written)];
  const compound = Uint8Array.from([...receiverReport, ...own, ...receiverReport, ...own]);
  expect(senderReportsIn(compound)).toEqual([written, written]);
  expect(senderReportsIn(compound.subarray(0, compound.length - 1))).toEqual([written]);
});

it("finds none in anything else, and never throws", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (datagram) => {
      for (const { atMs } of senderReportsIn(datagram)) expect(Number.isFinite(atMs)).toBe(true);
    }),
  );
  expect(senderReportsIn(new Uint8Array(0))).toEqual([]);
});

it("writes what a receiver says as RFC 3550 has it", () => {
  const block = {
    ssrc: 7,
    fractionLost: 0.25,
    lost: -2,
    highestSequence: 0x1_0005,
    jitter: 3.4,
    lastReport: 0x0102_0304,
    sinceLastReport: 65_536,
  };
  const bytes = [
    [0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 7],
    [0x40, 0xff, 0xff, 0xfe, 0, 1, 0, 5, 0, 0, 0, 3],
    [1, 2, 3, 4, 0, 1, 0, 0],
  ].flat();
  expect([...writeReceiverReport(1, block)]).toEqual(bytes);
  // Half a second after the year 1970 began: 2,208,988,800.5 s in 16 bits of seconds and 16 of parts.
  expect(middleNtp(500)).toBe(0x7e80_8000);
});
