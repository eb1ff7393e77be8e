import { parseRtp, senderReportsIn, writeRtp } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { RtpReader, RtpWriter } from "./rtp-stream.ts";

const PAYLOAD = Uint8Array.of(0xf8, 1, 2);

describe("RTP over a stage socket", () => {
  it("counts on through both of its counters' ends", () => {
    const writer = new RtpWriter(() => Uint32Array.of(9, 0xfffe, 2 ** 32 - 1_000));
    const packets = [1, 2, 3].map(() => parseRtp(writer.write(PAYLOAD)));
    expect(packets.map(({ sequence }) => sequence)).toEqual([0xffff, 0, 1]);
    expect(packets.map(({ timestamp }) => timestamp)).toEqual([2 ** 32 - 40, 920, 1_880]);
    expect(packets.every(({ ssrc, payloadType }) => ssrc === 9 && payloadType === 111)).toBe(true);
  });

  it("reports which moment a packet's timestamp is of, also of one that isn't encoded yet", () => {
    const writer = new RtpWriter(() => Uint32Array.of(9, 1, 2 ** 32 - 2_000));
    const second = [1, 2].map(() => parseRtp(writer.write(PAYLOAD)))[1]!;
    const [of2, of3] = [2, 3].flatMap((frame) => senderReportsIn(writer.report(frame, 5_000)));
    expect(of2).toMatchObject({ ssrc: 9, atMs: 5_000, packets: 2, payloadBytes: 6 });
    expect(of2!.timestamp).toBe(second.timestamp);
    expect(of3!.timestamp).toBe(parseRtp(writer.write(PAYLOAD)).timestamp);
  });

  it("numbers what comes by its timestamp, with the holes that were left", () => {
    const writer = new RtpWriter(() => Uint32Array.of(1, 1, 2 ** 32 - 2_000));
    const reader = new RtpReader();
    const sent = Array.from({ length: 6 }, () => writer.write(PAYLOAD));
    const kept = sent.filter((_, index) => index !== 2);
    expect(kept.map((datagram) => reader.read(datagram)?.number)).toEqual([0, 1, 3, 4, 5]);
  });

  it("lets go of what is no packet of ours", () => {
    const reader = new RtpReader();
    expect(reader.read(new Uint8Array(5))).toBeUndefined();
    const base = { payloadType: 96, marker: false, sequence: 1, timestamp: 1, ssrc: 1 };
    expect(reader.read(writeRtp({ ...base, payload: PAYLOAD }))).toBeUndefined();
    const empty = writeRtp({ ...base, payloadType: 111, payload: new Uint8Array(0) });
    expect(reader.read(empty)).toBeUndefined();
  });
});
