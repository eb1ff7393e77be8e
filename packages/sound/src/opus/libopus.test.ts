import { FRAME_SAMPLES, MAX_PACKET_BYTES, SAMPLE_RATE_HZ } from "@rostra/wire";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { errorDb, framesOf, joinSound, noise, syntheticVoice } from "../../test/synthetic-voice.ts";
import { alignAndCorrelate } from "../compare/align.ts";
import { fitted } from "../mixer/mix.ts";
import { interleaved, sideOf } from "../mixer/sides.ts";
import { OPUS_PRE_SKIP_SAMPLES } from "../ogg/opus-headers.ts";
import { loadOpus } from "./libopus.ts";
import {
  type Opus,
  type OpusDecoder,
  type OpusEncoderOptions,
  PROGRAM_ENCODING,
  programEncoding,
} from "./opus.ts";

// libopus' own delay: what comes out belongs to what went in this long before.
const DELAY_MS = (OPUS_PRE_SKIP_SAMPLES / SAMPLE_RATE_HZ) * 1000;
const SPEECH_WITH_FEC: OpusEncoderOptions = {
  bitrate: 32_000,
  application: "voip",
  signal: "voice",
  fec: true,
  packetLossPercent: 15,
};

let opus: Opus;
beforeAll(async () => {
  opus = await loadOpus();
});

async function encodeAll(options: OpusEncoderOptions, frames: readonly Float32Array[]) {
  const encoder = await opus.createEncoder(options);
  const packets = frames.map((frame) => encoder.encode(frame));
  encoder.close();
  return packets;
}

async function withDecoder<T>(use: (decoder: OpusDecoder) => T): Promise<T> {
  const decoder = await opus.createDecoder();
  try {
    return use(decoder);
  } finally {
    decoder.close();
  }
}

describe("the Opus port", () => {
  it("gives back a voice that was encoded as the program is", async () => {
    const voice = syntheticVoice(3);
    const packets = await encodeAll(PROGRAM_ENCODING, framesOf(voice));
    const heard = await withDecoder((decoder) =>
      joinSound(packets.map((packet) => decoder.decode(packet))),
    );
    const bytes = packets.reduce((sum, packet) => sum + packet.length, 0);
    expect((bytes * 8) / 3).toBeGreaterThan(25_000);
    expect((bytes * 8) / 3).toBeLessThan(36_000);
    const { correlation, offsetMs } = alignAndCorrelate(voice, heard, SAMPLE_RATE_HZ);
    expect(correlation).toBeGreaterThan(0.98);
    expect(Math.abs(offsetMs - DELAY_MS)).toBeLessThan(2);
  });

  it("lets a listener cross from one encoder to another with a small error", async () => {
    const frames = framesOf(syntheticVoice(4));
    // The second encoder has lived another life before: as a stage that takes over has.
    const other = [...framesOf(syntheticVoice(1, 2)), ...frames];
    const first = await encodeAll(PROGRAM_ENCODING, frames);
    const second = (await encodeAll(PROGRAM_ENCODING, other)).slice(other.length - frames.length);
    const crossAt = async (at: number) => {
      const crossed = await withDecoder((decoder) => {
        for (const packet of first.slice(0, at)) decoder.decode(packet);
        return second.slice(at, at + 3).map((packet) => decoder.decode(packet));
      });
      const never = await withDecoder((decoder) =>
        second.slice(0, at + 3).map((packet) => decoder.decode(packet)),
      );
      return crossed.map((pcm, index) => [pcm, never[at + index]!] as const);
    };
    const crossings = await Promise.all([30, 61, 92, 123, 154].map(crossAt));
    const errorOf = (frame: number) =>
      errorDb(
        joinSound(crossings.map((pairs) => pairs[frame]![0])),
        joinSound(crossings.map((pairs) => pairs[frame]![1])),
      );
    expect(errorOf(0)).toBeLessThan(-24);
    expect(errorOf(1)).toBeLessThan(-50);
    expect(errorOf(2)).toBeLessThan(-60);
  });

  it("lets a newcomer enter anywhere and hear the same from the second frame on", async () => {
    const packets = await encodeAll(PROGRAM_ENCODING, framesOf(syntheticVoice(2)));
    const whole = await withDecoder((decoder) => packets.map((packet) => decoder.decode(packet)));
    for (const at of [20, 41, 62, 83]) {
      const entered = await withDecoder((decoder) =>
        packets.slice(at, at + 4).map((packet) => decoder.decode(packet)),
      );
      const later = (from: readonly Float32Array[], start: number) =>
        joinSound(from.slice(start + 1, start + 4));
      expect(errorDb(later(entered, 0), later(whole, at))).toBeLessThan(-25);
    }
  });

  it("recovers a lost frame from the next packet better than it conceals it", async () => {
    const packets = await encodeAll(SPEECH_WITH_FEC, framesOf(syntheticVoice(4, 3)));
    const whole = await withDecoder((decoder) => packets.map((packet) => decoder.decode(packet)));
    const lossy = async (replace: (decoder: OpusDecoder, at: number) => Float32Array) =>
      withDecoder((decoder) => {
        const lost: Float32Array[] = [];
        packets.forEach((packet, at) => {
          if (at % 10 === 5 && at + 1 < packets.length) lost.push(replace(decoder, at));
          else decoder.decode(packet);
        });
        return joinSound(lost);
      });
    const recovered = await lossy((decoder, at) =>
      decoder.recover(packets[at + 1]!, FRAME_SAMPLES),
    );
    const concealed = await lossy((decoder) => decoder.conceal(FRAME_SAMPLES));
    const truth = joinSound(whole.filter((_, at) => at % 10 === 5 && at + 1 < packets.length));
    expect(errorDb(recovered, truth)).toBeLessThan(errorDb(concealed, truth) - 3);
  });

  it.each([
    ["with error correction", SPEECH_WITH_FEC],
    ["without, as the program has none,", PROGRAM_ENCODING],
  ])("recovers and conceals exactly the duration that was lost, %s", async (_, encoding) => {
    const packets = await encodeAll(encoding, framesOf(syntheticVoice(0.5)));
    await withDecoder((decoder) => {
      for (const packet of packets.slice(0, 10)) decoder.decode(packet);
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 48 }), (steps) => {
          expect(decoder.conceal(steps * 120).length).toBe(steps * 120);
          expect(decoder.recover(packets[12]!, steps * 120).length).toBe(steps * 120);
        }),
      );
    });
  });

  it("gives results that later calls don't overwrite", async () => {
    const encoder = await opus.createEncoder(PROGRAM_ENCODING);
    const [one, two] = framesOf(syntheticVoice(0.2));
    const packet = encoder.encode(one!);
    const before = packet.slice();
    encoder.encode(two!);
    expect(packet).toEqual(before);
    encoder.close();
    await withDecoder((decoder) => {
      const pcm = decoder.decode(packet);
      const copy = pcm.slice();
      decoder.decode(packet);
      expect(pcm).toEqual(copy);
    });
  });

  it("never makes a packet that is too large for a frame", async () => {
    const loudest = { ...PROGRAM_ENCODING, bitrate: 510_000 };
    const packets = await encodeAll(loudest, framesOf(noise(0.5, 48_000)));
    for (const packet of packets) expect(packet.length).toBeLessThanOrEqual(MAX_PACKET_BYTES);
  });

  it("takes and gives interleaved stereo where asked to", async () => {
    const encoder = await opus.createEncoder({ bitrate: 64_000, channels: 2 });
    const decoder = await opus.createDecoder({ channels: 2 });
    const packet = encoder.encode(new Float32Array(FRAME_SAMPLES * 2));
    expect(decoder.decode(packet).length).toBe(FRAME_SAMPLES * 2);
    encoder.close();
    decoder.close();
  });
});

describe("the Opus port, given what it can't take,", () => {
  it.each([
    ["a bitrate of 100", { bitrate: 100 }],
    ["a bitrate that is no number", { bitrate: Number.NaN }],
    ["complexity 11", { bitrate: 32_000, complexity: 11 }],
    ["a loss of 101 %", { bitrate: 32_000, packetLossPercent: 101 }],
  ])("refuses %s", async (_, options) => {
    await expect(opus.createEncoder(options)).rejects.toMatchObject({ code: "bad-option" });
  });

  it("refuses sound that is not one frame", async () => {
    const encoder = await opus.createEncoder(PROGRAM_ENCODING);
    const encode = () => encoder.encode(new Float32Array(959));
    expect(encode).toThrow(expect.objectContaining({ code: "bad-length" }));
    encoder.close();
  });

  it.each([0, -120, 100, 5_880, Number.NaN])("refuses a loss of %d samples", async (samples) => {
    await withDecoder((decoder) => {
      const refusal = expect.objectContaining({ code: "bad-length" });
      expect(() => decoder.conceal(samples)).toThrow(refusal);
      expect(() => decoder.recover(Uint8Array.of(0xf8, 0xff, 0xfe), samples)).toThrow(refusal);
    });
  });

  it("answers any bytes with sound or bad-packet, and still decodes what comes next", async () => {
    const [good] = await encodeAll(PROGRAM_ENCODING, framesOf(syntheticVoice(0.1)));
    await withDecoder((decoder) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 1_500 }), (bytes) => {
          try {
            expect(decoder.decode(bytes).length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toMatchObject({ code: "bad-packet" });
          }
          expect(decoder.decode(good!).length).toBe(FRAME_SAMPLES);
        }),
        { numRuns: 300 },
      );
    });
  });

  it("says closed after the end, and may be ended twice", async () => {
    const encoder = await opus.createEncoder(PROGRAM_ENCODING);
    const decoder = await opus.createDecoder();
    for (const codec of [encoder, decoder, encoder, decoder]) codec.close();
    const closed = expect.objectContaining({ code: "closed" });
    expect(() => encoder.encode(new Float32Array(FRAME_SAMPLES))).toThrow(closed);
    expect(() => decoder.conceal(FRAME_SAMPLES)).toThrow(closed);
  });
});

describe("a program of music", () => {
  const [left, right] = [syntheticVoice(3, 5), syntheticVoice(3, 6)];
  const frames = Array.from({ length: 150 }, (_, i) =>
    interleaved(
      ...([left, right].map((side) => framesOf(side)[i]!) as [Float32Array, Float32Array]),
    ),
  );

  async function decoded(packets: readonly Uint8Array[], channels: 1 | 2): Promise<Float32Array> {
    const decoder = await opus.createDecoder({ channels });
    const pcm = joinSound(packets.map((packet) => decoder.decode(packet)));
    decoder.close();
    return pcm;
  }

  function likeness(source: Float32Array, heard: Float32Array): number {
    return alignAndCorrelate(source, heard, SAMPLE_RATE_HZ, { maxLagMs: 20 }).correlation;
  }

  it("keeps each side on its own", async () => {
    const pcm = await decoded(await encodeAll(programEncoding(2), frames), 2);
    const [heardLeft, heardRight] = [sideOf(pcm, "left"), sideOf(pcm, "right")];
    expect(likeness(left, heardLeft)).toBeGreaterThan(0.99);
    expect(likeness(right, heardRight)).toBeGreaterThan(0.99);
    const apart = Math.abs(likeness(left, right));
    expect(Math.abs(likeness(right, heardLeft))).toBeLessThan(apart + 0.02);
    expect(Math.abs(likeness(left, heardRight))).toBeLessThan(apart + 0.02);
  });

  it("is a clean entry point with every packet", async () => {
    const packets = await encodeAll(programEncoding(2), frames);
    const whole = await decoded(packets, 2);
    const late = await decoded(packets.slice(50), 2);
    const from = 2 * FRAME_SAMPLES;
    expect(errorDb(late.subarray(from), whole.subarray(50 * from + from))).toBeLessThan(-60);
  });

  it("of two sides at full scale doesn't clip in a mono decoder", async () => {
    const loud = Float32Array.from({ length: 50 * FRAME_SAMPLES }, (_, i) =>
      Math.sin((2 * Math.PI * 440 * i) / SAMPLE_RATE_HZ),
    );
    const both = framesOf(loud).map((frame) => interleaved(frame, frame));
    const pcm = await decoded(await encodeAll(programEncoding(2), both), 1);
    const peak = pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(0.9);
    expect(peak).toBeLessThan(1.05);
  });

  it("is taken by a mono decoder as the mean of both sides, and mono by a stereo one in the middle", async () => {
    const both = await encodeAll(programEncoding(2), frames);
    const mean = joinSound(frames.map((frame) => fitted(frame, FRAME_SAMPLES)));
    expect(likeness(mean, await decoded(both, 1))).toBeGreaterThan(0.98);
    const mono = await encodeAll(PROGRAM_ENCODING, framesOf(left));
    const spread = await decoded(mono, 2);
    expect(sideOf(spread, "left")).toEqual(sideOf(spread, "right"));
    expect(likeness(left, sideOf(spread, "left"))).toBeGreaterThan(0.98);
  });
});
