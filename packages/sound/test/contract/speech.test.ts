import { FRAME_SAMPLES } from "@rostra/wire";
import { beforeAll, describe, expect, it } from "vitest";
import {
  HOLDING_SECONDS,
  holdingSound,
  Limiter,
  loadOpus,
  mixInto,
  type Opus,
  PROGRAM_ENCODING,
  VoiceActivity,
  VoiceMeter,
} from "../../src/index.ts";
import { errorDb, framesOf, joinSound } from "../synthetic-voice.ts";
import { loudnessLufs, speech } from "./tools.ts";

let opus: Opus;
let voice: Float32Array;
let other: Float32Array;

beforeAll(async () => {
  opus = await loadOpus();
  voice = speech("Every child on the quay waved a small flag, and the band played until dark.");
  other = speech("Good evening, and welcome. Tonight we talk about the sea.", "en+f3");
});

async function encodeAll(frames: readonly Float32Array[]): Promise<Uint8Array[]> {
  const encoder = await opus.createEncoder(PROGRAM_ENCODING);
  const packets = frames.map((frame) => encoder.encode(frame));
  encoder.close();
  return packets;
}

async function decodeAll(packets: readonly Uint8Array[]): Promise<Float32Array[]> {
  const decoder = await opus.createDecoder();
  const frames = packets.map((packet) => decoder.decode(packet));
  decoder.close();
  return frames;
}

describe("speech in the program's encoding", () => {
  it("crosses from one stage's encoder to another's below -28 dB, then -50 dB of error", async () => {
    const frames = framesOf(voice);
    const history = framesOf(other).slice(0, 60);
    const first = await encodeAll(frames);
    const second = (await encodeAll([...history, ...frames])).slice(history.length);
    const pairs: [Float32Array, Float32Array][][] = [[], [], []];
    for (let at = 20; at + 3 < frames.length; at += 13) {
      const crossed = await decodeAll([...first.slice(at - 20, at), ...second.slice(at, at + 3)]);
      const never = await decodeAll(second.slice(at - 20, at + 3));
      pairs.forEach((list, frame) => {
        list.push([crossed[20 + frame]!, never[20 + frame]!]);
      });
    }
    const errors = pairs.map((list) =>
      errorDb(joinSound(list.map(([a]) => a)), joinSound(list.map(([, b]) => b))),
    );
    expect(errors[0]).toBeLessThan(-28);
    expect(errors[1]).toBeLessThan(-50);
    expect(errors[2]).toBeLessThan(-60);
  });
});

describe("voice activity on speech", () => {
  it("hears every part of a sentence, and no pause inside it", () => {
    const [detector, meter] = [new VoiceActivity(), new VoiceMeter()];
    const padded = joinSound([new Float32Array(24_000), voice, new Float32Array(48_000)]);
    const heard = framesOf(padded).map((frame) => detector.push(meter.measure(frame)));
    const begin = heard.indexOf(true);
    const end = heard.lastIndexOf(true);
    expect(begin).toBeGreaterThanOrEqual(24_000 / FRAME_SAMPLES);
    expect(begin).toBeLessThan(24_000 / FRAME_SAMPLES + 10);
    expect(heard.slice(begin, end)).not.toContain(false);
    expect(end).toBeLessThan(heard.length - 20);
  });
});

describe("two people who speak at once", () => {
  it("are mixed and limited with hardly any distortion", () => {
    const length = Math.min(voice.length, other.length);
    const mix = voice.slice(0, length);
    mixInto(mix, other.subarray(0, length));
    const wanted = mix.slice();
    const limiter = new Limiter();
    for (const frame of framesOf(mix)) limiter.process(frame);
    expect(errorDb(mix, wanted)).toBeLessThan(-15);
  });
});

describe("the holding sound", () => {
  it("is about -40 LUFS loud", () => {
    const loop = holdingSound();
    expect(loop.length).toBe(HOLDING_SECONDS * 48_000);
    expect(Math.abs(loudnessLufs(loop) + 40)).toBeLessThan(1.5);
  });
});
