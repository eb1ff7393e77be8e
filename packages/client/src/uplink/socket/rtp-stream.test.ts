import { parseRtp, senderReportsIn, writeRtp } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { RtpReader, RtpWriter } from "./rtp-stream.ts";
import { openWasmEncoder } from "./wasm-encoder.ts";

const PAYLOAD = Uint8Array.of(0xf8, 1, 2);

/** A packet that isn't left out. */
function written(writer: RtpWriter, payload = PAYLOAD): Uint8Array {
  const datagram = writer.write(payload);
  if (datagram === undefined) throw new Error("left out");
  return datagram;
}

describe("RTP over a stage socket", () => {
  it("counts on through both of its counters' ends", () => {
    const writer = new RtpWriter(() => Uint32Array.of(9, 0xfffe, 2 ** 32 - 1_000));
    const packets = [1, 2, 3].map(() => parseRtp(written(writer)));
    expect(packets.map(({ sequence }) => sequence)).toEqual([0xffff, 0, 1]);
    expect(packets.map(({ timestamp }) => timestamp)).toEqual([2 ** 32 - 40, 920, 1_880]);
    expect(packets.every(({ ssrc, payloadType }) => ssrc === 9 && payloadType === 111)).toBe(true);
  });

  it("says silence once, and goes on in time without a hole in the sequence", () => {
    const writer = new RtpWriter(() => Uint32Array.of(9, 0, 0));
    const silence = Uint8Array.of(0xf8);
    const payloads = [PAYLOAD, silence, silence, silence, PAYLOAD, silence];
    const sent = payloads.map((payload) => writer.write(payload));
    const read = sent.map((datagram) => datagram && parseRtp(datagram));
    expect(read.map((packet) => packet?.sequence)).toEqual([1, 2, undefined, undefined, 3, 4]);
    expect(read[4]?.timestamp).toBe(5 * 960);
    const [report] = senderReportsIn(writer.report(5, 1_000));
    expect(report).toMatchObject({ timestamp: 5 * 960, packets: 4 });
  });

  it("sends four packets a second of somebody who has stopped talking, each at its time", async () => {
    const encoder = await openWasmEncoder(32_000, false);
    const writer = new RtpWriter(() => Uint32Array.of(9, 0, 0));
    const voice = (at: number) => 0.2 * Math.sin(at / 40) * Math.max(0, Math.sin(at / 3_000));
    const sent: { frame: number; timestamp: number }[] = [];
    for (let frame = 1; frame <= 300; frame += 1) {
      const pcm = Float32Array.from({ length: 960 }, (_, i) =>
        frame <= 100 ? voice(frame * 960 + i) : 0,
      );
      const datagram = writer.write(encoder.encode(pcm));
      if (datagram !== undefined) sent.push({ frame, timestamp: parseRtp(datagram).timestamp });
    }
    encoder.close();
    for (const { frame, timestamp } of sent) expect(timestamp).toBe(frame * 960);
    expect(sent.filter(({ frame }) => frame <= 100).length).toBeGreaterThan(90);
    const silent = sent.filter(({ frame }) => frame > 150);
    expect(silent.length).toBeGreaterThan(3);
    expect(silent.length).toBeLessThan(20);
  });

  it("reports which moment a packet's timestamp is of, also of one that isn't encoded yet", () => {
    const writer = new RtpWriter(() => Uint32Array.of(9, 1, 2 ** 32 - 2_000));
    const second = [1, 2].map(() => parseRtp(written(writer)))[1]!;
    const [of2, of3] = [2, 3].flatMap((frame) => senderReportsIn(writer.report(frame, 5_000)));
    expect(of2).toMatchObject({ ssrc: 9, atMs: 5_000, packets: 2, payloadBytes: 6 });
    expect(of2!.timestamp).toBe(second.timestamp);
    expect(of3!.timestamp).toBe(parseRtp(written(writer)).timestamp);
  });

  it("numbers what comes by its timestamp, with the holes that were left", () => {
    const writer = new RtpWriter(() => Uint32Array.of(1, 1, 2 ** 32 - 2_000));
    const reader = new RtpReader();
    const sent = Array.from({ length: 6 }, () => written(writer));
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
