import {
  interleaved,
  isStereoPacket,
  loadOpus,
  OPUS_PRE_SKIP_SAMPLES,
  type Opus,
  type OpusEncoderOptions,
  packetSamples,
  programEncoding,
  saysSilence,
  sideOf,
  THIN_ENCODING,
} from "@rostra/sound";
import { intelligibility } from "@rostra/testkit";
import { type Channels, FRAME_SAMPLES, FRAMES_PER_SECOND, MAX_PACKET_BYTES } from "@rostra/wire";
import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../test/support/random.ts";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import type { loadNativeOpus } from "./native-opus.ts";
import { returnEncoding } from "./return-feed.ts";
import { openStageOpus } from "./stage-opus.ts";

const SECONDS = 3;
const LOG = pino({ level: "silent" });
/** Encoders of both kinds, by name; one decoder, as on the stage. */
const codecs = new Map<string, Opus>();
const codec = (name: string): Opus => codecs.get(name)!;

beforeAll(async () => {
  codecs.set("wasm", await loadOpus());
  codecs.set("native", await openStageOpus(LOG));
});

const [left, right] = [7, 8].map((seed) =>
  syntheticVoice({ seconds: SECONDS, seed, peak: 0.4 }),
) as [Float32Array, Float32Array];

function framesOf(pcm: Float32Array, channels: Channels = 1): Float32Array[] {
  const length = FRAME_SAMPLES * channels;
  return Array.from({ length: Math.floor(pcm.length / length) }, (_, i) =>
    pcm.subarray(i * length, (i + 1) * length),
  );
}

async function encoded(name: string, options: OpusEncoderOptions, pcm: Float32Array) {
  const encoder = await codec(name).createEncoder(options);
  const packets = framesOf(pcm, options.channels).map((frame) => encoder.encode(frame));
  encoder.close();
  return packets;
}

/** @returns in time with what was encoded: without libopus's own delay */
async function decoded(packets: readonly Uint8Array[], channels: Channels = 1) {
  const decoder = await codec("wasm").createDecoder({ channels });
  const parts = packets.map((packet) => decoder.decode(packet));
  decoder.close();
  const pcm = new Float32Array(parts.length * FRAME_SAMPLES * channels);
  for (const [n, part] of parts.entries()) pcm.set(part, n * part.length);
  return pcm.subarray(OPUS_PRE_SKIP_SAMPLES * channels);
}

/** Error against `said`, dB; as long as what was heard. */
function errorDb(heard: Float32Array, said: Float32Array): number {
  let [error, power] = [1e-20, 1e-20];
  for (const [i, sample] of heard.entries()) {
    error += (sample - said[i]!) ** 2;
    power += said[i]! ** 2;
  }
  return 10 * Math.log10(error / power);
}

/** Where the packet of that number is heard, but for libopus's own delay. */
function frameAt(pcm: Float32Array, number: number): Float32Array {
  const start = number * FRAME_SAMPLES - OPUS_PRE_SKIP_SAMPLES;
  return pcm.subarray(start, start + FRAME_SAMPLES);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

function bitrateOf(packets: readonly Uint8Array[]): number {
  const bytes = packets.reduce((sum, { length }) => sum + length, 0);
  return (bytes * 8 * FRAMES_PER_SECOND) / packets.length;
}

describe.each(["native", "wasm"])("the %s encoder", (name) => {
  it.each([
    ["the program", programEncoding(1), -11, 0.96],
    ["a return feed", returnEncoding(1), -10.5, 0.96],
    ["the thin rendition", THIN_ENCODING, -7.5, 0.93],
  ])("keeps a voice as %s", async (_, options, error, stoi) => {
    const packets = await encoded(name, options, left);
    const heard = await decoded(packets);
    expect(errorDb(heard, left)).toBeLessThan(error);
    expect(intelligibility(left, heard)).toBeGreaterThan(stoi);
    // Pauses of this voice are digital silence, which takes three bytes.
    const loudest = packets.filter(({ length }) => length > 3);
    expect(bitrateOf(loudest) / options.bitrate).toBeGreaterThan(0.9);
    expect(bitrateOf(loudest) / options.bitrate).toBeLessThan(1.1);
    for (const packet of packets) expect(packetSamples(packet)).toBe(FRAME_SAMPLES);
  });

  it("keeps both sides of music, each on its own", async () => {
    const packets = await encoded(name, programEncoding(2), interleaved(left, right));
    expect(packets.every(isStereoPacket)).toBe(true);
    const heard = await decoded(packets, 2);
    expect(errorDb(sideOf(heard, "left"), left)).toBeLessThan(-12);
    expect(errorDb(sideOf(heard, "right"), right)).toBeLessThan(-12);
  });

  it("makes each packet a clean entry point, for who comes from the other kind of encoder, too", async () => {
    const other = name === "native" ? "wasm" : "native";
    const before = await encoded(other, programEncoding(1), left);
    const after = await encoded(name, programEncoding(1), left);
    const stayed = await decoded(after);
    const places = [30, 61, 92, 123];
    const crossed = await Promise.all(
      places.map((at) => decoded([...before.slice(0, at), ...after.slice(at, at + 3)])),
    );
    /** Of the frame that is heard so many after the crossing, all crossings together. */
    const errorAfter = (frames: number) => {
      const heard = (pcm: Float32Array, at: number) => frameAt(pcm, at + frames);
      return errorDb(
        joined(crossed.map((pcm, i) => heard(pcm, places[i]!))),
        joined(places.map((at) => heard(stayed, at))),
      );
    };
    expect(errorAfter(0)).toBeLessThan(-20);
    expect(errorAfter(1)).toBeLessThan(-45);
  });

  it("sends silence as frames that last, never as a pause", async () => {
    const packets = await encoded(name, returnEncoding(1), new Float32Array(60 * FRAME_SAMPLES));
    expect(packets.some(saysSilence)).toBe(false);
    expect((await decoded(packets)).every((sample) => Math.abs(sample) < 1e-6)).toBe(true);
  });

  it("clips what is too loud, as loud as it was", async () => {
    const loud = Float32Array.from(
      { length: 20 * FRAME_SAMPLES },
      (_, i) => 1.5 * Math.sin(i / 20),
    );
    const heard = await decoded(await encoded(name, programEncoding(1), loud));
    const peak = heard.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(0.9);
    expect(peak).toBeLessThan(1.8);
  });

  it("never makes a packet that is too large for a frame", async () => {
    const random = seededRandom(3);
    const noise = Float32Array.from({ length: 40 * FRAME_SAMPLES }, () => 2 * random() - 1);
    const packets = await encoded(name, { bitrate: 510_000, channels: 2 }, noise);
    for (const { length } of packets) expect(length).toBeLessThanOrEqual(MAX_PACKET_BYTES);
  });

  it("costs less sound the more it may think, and changes that from one frame to the next", async () => {
    const encoder = await codec(name).createEncoder({ ...programEncoding(1), complexity: 0 });
    const packets = framesOf(left).map((frame, n) => {
      if (n === 75) encoder.setComplexity(10);
      return encoder.encode(frame);
    });
    const simple = await encoded(name, { ...programEncoding(1), complexity: 0 }, left);
    expect(packets.slice(0, 75)).toEqual(simple.slice(0, 75));
    expect(packets.slice(75)).not.toEqual(simple.slice(75));
    expect(() => encoder.setComplexity(11)).toThrow(
      expect.objectContaining({ code: "bad-option" }),
    );
    encoder.close();
  });

  it("gives packets that later calls, of others, too, don't overwrite", async () => {
    const [one, two] = await Promise.all([
      codec(name).createEncoder(programEncoding(1)),
      codec(name).createEncoder(programEncoding(1)),
    ]);
    const packet = one.encode(left.subarray(0, FRAME_SAMPLES));
    const before = packet.slice();
    for (const frame of framesOf(right).slice(0, 10)) two.encode(frame);
    one.encode(right.subarray(0, FRAME_SAMPLES));
    expect(packet).toEqual(before);
    for (const encoder of [one, two]) encoder.close();
  });

  it.each([
    ["a bitrate of 100", { bitrate: 100 }],
    ["complexity 11", { bitrate: 32_000, complexity: 11 }],
    ["a loss of 101%", { bitrate: 32_000, packetLossPercent: 101 }],
  ])("refuses %s", async (_, options) => {
    await expect(codec(name).createEncoder(options)).rejects.toMatchObject({ code: "bad-option" });
  });

  it("refuses what isn't one frame, and everything after its end", async () => {
    const encoder = await codec(name).createEncoder(programEncoding(1));
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => encoder.encode(new Float32Array(959))).toThrow(refused("bad-length"));
    encoder.close();
    encoder.close();
    expect(() => encoder.encode(new Float32Array(960))).toThrow(refused("closed"));
    expect(() => encoder.setComplexity(1)).toThrow(refused("closed"));
  });
});

describe("a stage's codec", () => {
  /** What the log says that encodes. */
  async function chosen(load?: typeof loadNativeOpus) {
    const lines: string[] = [];
    const opus = await openStageOpus(pino({}, { write: (line) => lines.push(line) }), load);
    return { opus, encoder: lines.map((line) => JSON.parse(line).encoder) };
  }

  it("encodes in WebAssembly where this machine has no binary", async () => {
    const { opus, encoder } = await chosen(() => {
      throw new Error("no such file");
    });
    expect(encoder).toEqual(["wasm"]);
    const silent = await opus.createEncoder(programEncoding(1));
    expect(silent.encode(new Float32Array(FRAME_SAMPLES)).length).toBeGreaterThan(0);
    silent.close();
  });

  it.runIf(process.platform === "linux" && "glibcVersionRuntime" in header())(
    "encodes natively on Linux with glibc",
    async () => expect((await chosen()).encoder).toEqual(["native"]),
  );
});

function header(): object {
  return (process.report.getReport() as { header: object }).header;
}
