import { parseRtp } from "@rostra/wire";
import { expect, test } from "vitest";
import { RtpSender } from "./rtp-sender.ts";

const PACKET = Uint8Array.of(1, 2, 3);

test("sequence has no holes and wraps, timestamp follows the frame number and wraps", () => {
  const sender = new RtpSender(111);
  let previous = parseRtp(sender.datagram(4_473_900, PACKET));
  const steps = new Set<string>();
  for (let number = 4_473_901; number < 4_473_901 + 70_000; number += 1) {
    const next = parseRtp(sender.datagram(number, PACKET));
    const sequenceStep = (next.sequence - previous.sequence) & 0xffff;
    steps.add(`${sequenceStep}, ${(next.timestamp - previous.timestamp) >>> 0}`);
    previous = next;
  }
  expect([...steps]).toEqual(["1, 960"]);
});

test("frames that were skipped show as time, not as loss, and mark a new beginning", () => {
  const sender = new RtpSender(111);
  const first = parseRtp(sender.datagram(100, PACKET));
  const second = parseRtp(sender.datagram(150, PACKET));
  const third = parseRtp(sender.datagram(151, PACKET));
  expect((second.sequence - first.sequence) & 0xffff).toBe(1);
  expect((second.timestamp - first.timestamp) >>> 0).toBe(50 * 960);
  expect([first.marker, second.marker, third.marker]).toEqual([true, true, false]);
});
