import fc from "fast-check";
import { getPacketInfo } from "libopus-wasm";
import { describe, expect, it } from "vitest";
import { rmsDbfs, SILENCE_DBFS } from "../level/rms.ts";
import { loadOpus } from "./libopus.ts";
import { isStereoPacket, MAX_PACKET_SAMPLES, packetSamples, SILENT_PACKET } from "./packet.ts";

it("a packet says itself whether it is stereo", async () => {
  expect(isStereoPacket(SILENT_PACKET)).toBe(false);
  expect(isStereoPacket(new Uint8Array(0))).toBe(false);
  const encoder = await (await loadOpus()).createEncoder({ bitrate: 96_000, channels: 2 });
  const packet = encoder.encode(Float32Array.from({ length: 1_920 }, (_, i) => Math.sin(i * i)));
  encoder.close();
  expect(isStereoPacket(packet)).toBe(true);
});

describe("packetSamples", () => {
  it.each([
    ["SILK, 10 ms", [0 << 3], 480],
    ["SILK, 60 ms", [3 << 3], 2_880],
    ["hybrid, 20 ms", [13 << 3], 960],
    ["CELT, 2.5 ms", [16 << 3], 120],
    ["CELT, 20 ms", [31 << 3], 960],
    ["two frames of CELT, 20 ms", [(31 << 3) | 1], 1_920],
    ["six frames of CELT, 20 ms", [(31 << 3) | 3, 6], 5_760],
  ])("reads %s", (_, bytes, samples) => {
    expect(packetSamples(Uint8Array.from(bytes))).toBe(samples);
  });

  it.each([
    ["an empty packet", []],
    ["more than 120 ms", [(31 << 3) | 3, 7]],
    ["a count of no frames", [(31 << 3) | 3, 0]],
    ["a missing count", [(31 << 3) | 3]],
  ])("refuses %s", (_, bytes) => {
    expect(() => packetSamples(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: "bad-packet" }),
    );
  });

  it("agrees with libopus on every packet that libopus accepts", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), async (bytes) => {
        const info = await getPacketInfo(bytes).catch(() => undefined);
        if (info !== undefined) expect(packetSamples(bytes)).toBe(info.samples);
      }),
      { numRuns: 500 },
    );
  });

  it("answers any bytes with a possible duration or with bad-packet", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        let samples: number;
        try {
          samples = packetSamples(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: "bad-packet" });
          return;
        }
        expect(samples % 120).toBe(0);
        expect(samples).toBeGreaterThan(0);
        expect(samples).toBeLessThanOrEqual(MAX_PACKET_SAMPLES);
      }),
    );
  });
});

describe("the silent packet", () => {
  it("lasts one frame and decodes to silence", async () => {
    const decoder = await (await loadOpus()).createDecoder();
    const pcm = decoder.decode(SILENT_PACKET);
    decoder.close();
    expect(packetSamples(SILENT_PACKET)).toBe(960);
    expect(pcm.length).toBe(960);
    expect(rmsDbfs(pcm)).toBe(SILENCE_DBFS);
  });
});
