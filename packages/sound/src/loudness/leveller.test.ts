import { FRAME_SAMPLES } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { framesOf, joinSound, noise, sine, syntheticVoice } from "../../test/synthetic-voice.ts";
import { VoiceActivity } from "../level/voice-activity.ts";
import { LEVEL_TARGET_LUFS, Leveller } from "./leveller.ts";
import { LoudnessMeter } from "./loudness-meter.ts";
import { VoiceMeter } from "./voice-meter.ts";

const SECOND = 48_000;
const dbfs = (level: number) => 10 ** (level / 20);

function integrated(pcm: Float32Array): number {
  const meter = new LoudnessMeter();
  meter.push(pcm);
  return meter.integratedLufs;
}

function voiceAt(lufs: number, seconds: number, seed = 1): Float32Array {
  const voice = syntheticVoice(seconds, seed);
  const gain = dbfs(lufs - integrated(voice));
  return voice.map((sample) => sample * gain);
}

function plus(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((sample, i) => sample + b[i]!);
}

/** Levels sound as a stage does. @returns what leaves, and the gain after each frame */
function levelled(pcm: Float32Array, leveller = new Leveller(), voice = new VoiceActivity()) {
  const gains: number[] = [];
  const meter = new VoiceMeter();
  const frames = framesOf(pcm).map((source) => {
    const frame = source.slice();
    const reading = meter.measure(frame);
    leveller.process(frame, voice.push(reading), reading);
    gains.push(leveller.gainDb);
    return frame;
  });
  return { out: joinSound(frames), gains };
}

describe("the leveller", () => {
  it.each([-40, -30, -20, -10])("brings a voice of %d LUFS to -16 within five seconds", (lufs) => {
    for (const seed of [1, 2, 3, 4]) {
      const { out } = levelled(voiceAt(lufs, 15, seed));
      expect(Math.abs(integrated(out.subarray(5 * SECOND)) - LEVEL_TARGET_LUFS)).toBeLessThan(2);
    }
  });

  it("never turns a voice up by more than 24 dB, nor down by more than 12 for good", () => {
    const whisper = levelled(voiceAt(-48, 15));
    expect(Math.max(...whisper.gains)).toBeLessThanOrEqual(24);
    const { gains } = levelled(voiceAt(-1, 15));
    expect(gains.toSorted((a, b) => a - b)[Math.floor(gains.length / 2)]).toBeCloseTo(-12, 0);
  });

  it("leaves a room's noise of -55 dBFS where it is", () => {
    const room = noise(dbfs(-55), 30 * SECOND);
    expect(levelled(room).out).toEqual(room);
  });

  it("doesn't turn a fan up that is suddenly there, nor hum, nor a whistle", () => {
    const quiet = noise(dbfs(-70), 5 * SECOND);
    const whistle = sine(1_000, dbfs(-30), 20 * SECOND);
    for (const steady of [noise(dbfs(-40), 20 * SECOND), sine(120, 0.01, 20 * SECOND), whistle]) {
      expect(Math.max(...levelled(joinSound([quiet, steady])).gains)).toBeLessThan(1);
    }
  });

  it("stands still in pauses, however long", () => {
    const room = noise(dbfs(-60), 50 * SECOND);
    const voice = plus(joinSound([voiceAt(-30, 20), new Float32Array(30 * SECOND)]), room);
    const { gains } = levelled(voice);
    // Half a second after the last word, and ever after.
    const pause = gains.slice(50 * 20 + 25);
    expect(pause[0]).toBeGreaterThan(10);
    expect(new Set(pause).size).toBe(1);
  });

  it("turns a quiet voice in a noisy room up only so far that the noise stays below -40", () => {
    const room = noise(dbfs(-55), 30 * SECOND);
    const { out, gains } = levelled(
      plus(joinSound([voiceAt(-36, 20), new Float32Array(10 * SECOND)]), room),
    );
    expect(Math.max(...gains)).toBeGreaterThan(8);
    expect(integrated(out.subarray(22 * SECOND))).toBeLessThan(-40);
  });

  it("turns a shout down within 100 ms, and is back at the talker's gain soon after", () => {
    const calm = voiceAt(-30, 12);
    const shout = voiceAt(-6, 1, 3);
    const { out, gains } = levelled(joinSound([calm, shout, voiceAt(-30, 10, 2)]));
    const before = gains[50 * 12 - 1]!;
    expect(Math.min(...gains.slice(50 * 12, 50 * 13))).toBeLessThan(before - 8);
    expect(integrated(out.subarray(12.1 * SECOND, 13 * SECOND))).toBeLessThan(-6);
    expect(gains.at(-1)).toBeGreaterThan(before - 4);
  });

  it("follows a talker who stays louder, or quieter, from now on", () => {
    for (const [first, then] of [
      [-32, -14],
      [-14, -32],
    ] as const) {
      const { out } = levelled(joinSound([voiceAt(first, 12), voiceAt(then, 22, 2)]));
      const settled = integrated(out.subarray(27 * SECOND));
      expect(Math.abs(settled - LEVEL_TARGET_LUFS)).toBeLessThan(2);
    }
  });

  it("doesn't take the syllables of a voice at its level for shouts", () => {
    const { gains } = levelled(voiceAt(LEVEL_TARGET_LUFS, 20));
    expect(Math.min(...gains)).toBeGreaterThan(-3);
  });

  it("moves its gain without steps, inside frames and between them", () => {
    // The gain itself: what leaves over what came in, where that isn't nearly nothing.
    const voice = joinSound([voiceAt(-34, 6), voiceAt(-5, 2, 2), voiceAt(-34, 4, 3)]);
    const { out } = levelled(voice);
    let largest = 0;
    for (let i = 1; i < out.length; i += 1) {
      if (Math.abs(voice[i]!) < 0.002 || Math.abs(voice[i - 1]!) < 0.002) continue;
      const change = out[i]! / voice[i]! / (out[i - 1]! / voice[i - 1]!);
      largest = Math.max(largest, Math.abs(change - 1));
    }
    // 6 dB in 960 samples is a thousandth at most.
    expect(largest).toBeLessThan(0.0015);
  });

  it("comes through anything with a finite gain", () => {
    const sample = fc.oneof(fc.float(), fc.constantFrom(Number.NaN, Infinity, 3.4e38, 0));
    const frame = fc.array(sample, { minLength: FRAME_SAMPLES, maxLength: FRAME_SAMPLES });
    fc.assert(
      fc.property(fc.array(fc.tuple(frame, fc.boolean()), { maxLength: 4 }), (frames) => {
        const [leveller, meter] = [new Leveller(), new VoiceMeter()];
        const process = (frame: Float32Array, isVoice: boolean) =>
          leveller.process(frame, isVoice, meter.measure(frame));
        for (const [samples, isVoice] of frames) process(Float32Array.from(samples), isVoice);
        expect(Number.isFinite(leveller.gainDb)).toBe(true);
        for (let i = 0; i < 500; i += 1) process(new Float32Array(FRAME_SAMPLES), false);
        expect(leveller.gainDb).toBe(leveller.gainDb);
        expect(leveller.gainDb).toBeGreaterThanOrEqual(-12);
      }),
      { numRuns: 30 },
    );
  });

  it("refuses anything but a frame", () => {
    const half = new Float32Array(480);
    const process = () => new Leveller().process(half, true, new VoiceMeter().measure(half));
    expect(process).toThrow(expect.objectContaining({ code: "bad-length" }));
  });
});
