import { FRAME_SAMPLES } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { framesOf, joinSound, noise, sine, syntheticVoice } from "../../test/synthetic-voice.ts";
import { VoiceMeter } from "../loudness/voice-meter.ts";
import { rmsDbfs, SILENCE_DBFS } from "./rms.ts";
import { VoiceActivity } from "./voice-activity.ts";

/** A detector with its ears: the meter that the stage has in front of it. */
class Detector {
  readonly #meter = new VoiceMeter();
  readonly #activity = new VoiceActivity();

  push(pcm: Float32Array): boolean {
    return this.#activity.push(this.#meter.measure(pcm));
  }

  get level(): number {
    return this.#activity.level;
  }
}

function activities(pcm: Float32Array, detector = new Detector()): boolean[] {
  return framesOf(pcm).map((frame) => detector.push(frame));
}

describe("rmsDbfs", () => {
  it("reads a full-scale sine as -3, a square as 0 and silence as the floor", () => {
    expect(rmsDbfs(sine(1_000, 1, 48_000))).toBeCloseTo(-3.01, 2);
    expect(rmsDbfs(new Float32Array(100).fill(-1))).toBeCloseTo(0, 6);
    expect(rmsDbfs(new Float32Array(100))).toBe(SILENCE_DBFS);
    expect(rmsDbfs(new Float32Array(0))).toBe(SILENCE_DBFS);
  });
});

describe("voice activity", () => {
  it("hears a voice within 60 ms of its beginning", () => {
    const heard = activities(joinSound([noise(0.0005, 48_000), syntheticVoice(2)]));
    expect(heard.slice(0, 50)).not.toContain(true);
    expect(heard.slice(50, 53)).toContain(true);
  });

  it("stays with a voice through its pauses, and lets go 400 ms after its end", () => {
    const voice = syntheticVoice(3);
    const frames = activities(joinSound([voice, new Float32Array(48_000)]));
    expect(frames.slice(5, 150)).not.toContain(false);
    const end = frames.indexOf(false, 5);
    expect(end).toBeGreaterThanOrEqual(150 + 10);
    expect(end).toBeLessThanOrEqual(150 + 20);
  });

  it("takes neither silence, nor a room's noise, nor mains hum for a voice", () => {
    const hum = sine(50, 0.01, 96_000);
    for (const pcm of [new Float32Array(48_000), noise(0.001, 96_000), hum]) {
      expect(activities(pcm)).not.toContain(true);
    }
  });

  it("learns a fan that is switched on, and hears a voice over it", () => {
    const detector = new Detector();
    const fan = noise(0.01, 48_000 * 12);
    expect(activities(fan, detector).slice(-50)).not.toContain(true);
    const voice = syntheticVoice(2);
    for (let i = 0; i < voice.length; i += 1) voice[i] = voice[i]! + fan[i]!;
    expect(activities(voice, detector).filter((active) => active).length).toBeGreaterThan(80);
  });

  it("still hears a person who talks without end", () => {
    const heard = activities(syntheticVoice(20, 5));
    expect(heard.filter((active) => active).length / heard.length).toBeGreaterThan(0.97);
  });

  it("shows a level that rises at once and falls calmly", () => {
    const detector = new Detector();
    detector.push(sine(1_000, 0.5, FRAME_SAMPLES));
    expect(detector.level).toBeCloseTo(-9, 0);
    detector.push(new Float32Array(FRAME_SAMPLES));
    expect(detector.level).toBeGreaterThan(-12);
    for (let frame = 0; frame < 100; frame += 1) detector.push(new Float32Array(FRAME_SAMPLES));
    expect(detector.level).toBeLessThan(-80);
  });

  it("comes through anything with a finite level", () => {
    fc.assert(
      fc.property(fc.array(fc.float32Array({ maxLength: 100 })), (pieces) => {
        const detector = new Detector();
        for (const piece of pieces) detector.push(piece);
        expect(Number.isFinite(detector.level)).toBe(true);
        // Afterwards silence is silence again: nothing stuck.
        for (let frame = 0; frame < 60; frame += 1) detector.push(new Float32Array(FRAME_SAMPLES));
        expect(detector.push(new Float32Array(FRAME_SAMPLES))).toBe(false);
      }),
    );
  });
});
