import { writeRtp, writeSenderReport } from "@rostra/wire";
import { expect, test } from "vitest";
import { Reception } from "./reception.ts";

const NOW_MS = 1_790_000_000_000;

function packet(index: number, ssrc = 7): Uint8Array {
  return writeRtp({
    payloadType: 111,
    marker: false,
    sequence: (65_530 + index) & 0xffff,
    timestamp: (2 ** 32 - 2_000 + index * 960) % 2 ** 32,
    ssrc,
    payload: Uint8Array.of(1),
  });
}

function report(ssrc = 7): Uint8Array {
  return writeSenderReport({ ssrc, atMs: NOW_MS, timestamp: 0, packets: 0, payloadBytes: 0 });
}

test("a sender is told what it lost since it last asked, and in all, over wraps of its counters", () => {
  const reception = new Reception();
  for (let i = 0; i < 20; i += 1) {
    if (i % 4 !== 3) reception.take(packet(i), NOW_MS + i * 20);
  }
  // The last one is lost as well, which nobody can know yet.
  expect(reception.take(report(), NOW_MS)).toMatchObject({
    ssrc: 7,
    fractionLost: 4 / 19,
    lost: 4,
    highestSequence: 65_530 + 18,
    jitter: 0,
  });
  for (let i = 20; i < 30; i += 1) reception.take(packet(i), NOW_MS + i * 20);
  expect(reception.take(report(), NOW_MS)).toMatchObject({ fractionLost: 1 / 11, lost: 5 });
});

test("jitter is what packets come late and early by", () => {
  const reception = new Reception();
  for (let i = 0; i < 500; i += 1) reception.take(packet(i), NOW_MS + i * 20 + (i % 2) * 5);
  expect(reception.take(report(), NOW_MS)!.jitter).toBeCloseTo(240, 0);
});

test("nobody is told of a stream of which nothing came", () => {
  const reception = new Reception();
  expect(reception.take(report(), NOW_MS)).toBeUndefined();
  reception.take(packet(0), NOW_MS);
  expect(reception.take(report(9), NOW_MS)).toBeUndefined();
  // A new stream is counted anew.
  reception.take(packet(100, 9), NOW_MS);
  expect(reception.take(report(9), NOW_MS)).toMatchObject({ lost: 0, fractionLost: 0 });
});
