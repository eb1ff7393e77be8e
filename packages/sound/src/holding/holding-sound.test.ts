import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import { beforeAll, describe, expect, it } from "vitest";
import { errorDb, joinSound } from "../../test/synthetic-voice.ts";
import { rmsDbfs } from "../level/rms.ts";
import { loadOpus } from "../opus/libopus.ts";
import { type Opus, type OpusDecoder, PROGRAM_ENCODING } from "../opus/opus.ts";
import { packetSamples } from "../opus/packet.ts";
import { HOLDING_DBFS, HOLDING_SECONDS, holdingPackets, holdingSound } from "./holding-sound.ts";

/** Largest change from sample to sample, and of that change, between `from` and `to`. */
function roughness(pcm: Float32Array, from: number, to: number): { step: number; bend: number } {
  let step = 0;
  let bend = 0;
  for (let i = from; i < to; i += 1) {
    const [before, here, after] = [pcm[i - 1]!, pcm[i]!, pcm[i + 1]!];
    step = Math.max(step, Math.abs(here - before));
    bend = Math.max(bend, Math.abs(after - 2 * here + before));
  }
  return { step, bend };
}

describe("the holding sound", () => {
  const loop = holdingSound();

  it("lasts ten seconds at -40 dBFS and has no silent or loud second", () => {
    expect(loop.length).toBe(HOLDING_SECONDS * SAMPLE_RATE_HZ);
    expect(rmsDbfs(loop)).toBeCloseTo(HOLDING_DBFS, 3);
    for (let second = 0; second < HOLDING_SECONDS; second += 1) {
      const level = rmsDbfs(loop.subarray(second * SAMPLE_RATE_HZ, (second + 1) * SAMPLE_RATE_HZ));
      expect(Math.abs(level - HOLDING_DBFS)).toBeLessThan(6);
    }
  });

  it("meets its beginning at the end without a jump or a kink", () => {
    const twice = joinSound([loop, loop]);
    const wrap = roughness(twice, loop.length - 5, loop.length + 5);
    const inside = roughness(twice, 1, loop.length - 5);
    expect(wrap.step).toBeLessThanOrEqual(inside.step);
    expect(wrap.bend).toBeLessThanOrEqual(inside.bend);
  });

  it("is the same every time it is made", () => {
    expect(holdingSound()).toEqual(loop);
  });
});

describe("the holding packets", () => {
  let opus: Opus;
  let packets: readonly Uint8Array[];
  let steady: Float32Array[];

  const decodeFrom = (decoder: OpusDecoder, start: number, count: number) =>
    Array.from({ length: count }, (_, i) => decoder.decode(packets[(start + i) % packets.length]!));

  beforeAll(async () => {
    opus = await loadOpus();
    const encoder = await opus.createEncoder(PROGRAM_ENCODING);
    packets = holdingPackets(encoder);
    encoder.close();
    const decoder = await opus.createDecoder();
    decodeFrom(decoder, 0, packets.length);
    steady = decodeFrom(decoder, 0, packets.length);
    decoder.close();
  });

  it("are 500 frames of 20 ms that sound as loud as the loop itself", () => {
    expect(packets.length).toBe(500);
    for (const packet of packets) expect(packetSamples(packet)).toBe(FRAME_SAMPLES);
    expect(Math.abs(rmsDbfs(joinSound(steady)) - HOLDING_DBFS)).toBeLessThan(0.5);
  });

  it("wrap without a jump or a kink greater than anywhere inside", async () => {
    const pcm = joinSound([...steady, ...steady]);
    const at = packets.length * FRAME_SAMPLES;
    const wrap = roughness(pcm, at - FRAME_SAMPLES, at + FRAME_SAMPLES);
    const inside = roughness(pcm, 1, at - FRAME_SAMPLES);
    expect(wrap.step).toBeLessThanOrEqual(inside.step);
    expect(wrap.bend).toBeLessThanOrEqual(inside.bend);
  });

  it("decode cleanly from any entry point: no click, and soon the same sound, mostly at once", async () => {
    let exactFromSecond = 0;
    let entries = 0;
    for (let start = 0; start < packets.length; start += 17) {
      const decoder = await opus.createDecoder();
      const entered = joinSound(decodeFrom(decoder, start, 12));
      decoder.close();
      const reference = joinSound(
        Array.from({ length: 12 }, (_, i) => steady[(start + i) % packets.length]!),
      );
      const peak = (pcm: Float32Array) => pcm.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      expect(peak(entered)).toBeLessThan(peak(reference) * 1.1);
      const errorFrom = (frame: number) =>
        errorDb(
          entered.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES),
          reference.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES),
        );
      // Where the codec's pitch filter is at work, an echo of the start lingers for some frames.
      expect(errorFrom(1)).toBeLessThan(-15);
      expect(errorFrom(10)).toBeLessThan(-100);
      if (errorFrom(1) < -100) exactFromSecond += 1;
      entries += 1;
    }
    expect(exactFromSecond / entries).toBeGreaterThan(0.75);
  });
});
