import { LIMITER_LATENCY_SAMPLES, rmsDbfs, TruePeakMeter } from "@rostra/sound";
import { describe, expect, test } from "vitest";
import { syntheticVoice } from "../../test/support/synthetic-voice.ts";
import { VoiceDelay } from "../speaker/voice-delay.ts";
import type { BusName } from "./bus.ts";
import { type MixedVoice, StageMix } from "./stage-mix.ts";

/** A voice that is mixed frame by frame. */
class TestVoice implements MixedVoice {
  pcm = new Float32Array(960);
  readonly bus: BusName;
  readonly #delay = new VoiceDelay();
  readonly #sound: Float32Array;

  constructor(bus: BusName, seed: number, peak = 0.2) {
    this.bus = bus;
    this.#sound = syntheticVoice({ seconds: 2, seed, peak });
  }

  get latePcm(): Float32Array {
    return this.#delay.pcm;
  }

  take(number: number): void {
    this.pcm = this.#sound.slice(number * 960, (number + 1) * 960);
    this.#delay.push(this.pcm, false);
  }
}

function mixed(mix: StageMix, voices: readonly TestVoice[], number: number): void {
  mix.begin(number);
  for (const voice of voices) {
    voice.take(number);
    mix.add(voice);
  }
  mix.finish();
}

function difference(a: Float32Array, b: Float32Array): number {
  return rmsDbfs(a.map((sample, index) => sample - b[index]!));
}

describe("a mix of the stage", () => {
  test("without a voice is the sum of the others; the only one leaves nothing behind", () => {
    const mix = new StageMix();
    const [a, b, c] = [1, 2, 3].map((seed) => new TestVoice("program", seed));
    const rest = new Float32Array(960);
    for (let number = 0; number < 50; number += 1) {
      mixed(mix, [a!, b!, c!], number);
      mix.ear("air", false).without("program", a!.latePcm, rest);
      const expected = b!.latePcm.map((sample, index) => sample + c!.latePcm[index]!);
      expect(difference(rest, expected)).toBeLessThan(-120);
    }
    mixed(mix, [a!], 50);
    mix.ear("air", false).without("program", a!.latePcm, rest);
    expect(rmsDbfs(rest)).toBe(-150);
  });

  test("keeps in step with the program, so that people can be moved between the two", () => {
    const mix = new StageMix();
    const voices = [new TestVoice("program", 1), new TestVoice("program", 2)];
    for (let number = 0; number < 50; number += 1) {
      mixed(mix, voices, number);
      expect(difference(mix.onAir, mix.ear("air", false).heard)).toBeLessThan(-120);
    }
    expect(LIMITER_LATENCY_SAMPLES).toBeLessThan(100);
  });

  test("is the program only of what goes on air", () => {
    const mix = new StageMix();
    const offAir = (["room", "backstage", "whisper"] as const).map((bus) => new TestVoice(bus, 7));
    for (let number = 0; number < 50; number += 1) {
      mixed(mix, offAir, number);
      expect(rmsDbfs(mix.onAir)).toBe(-150);
    }
  });

  test("stays at or below -1 dBTP on air, and below full scale for the stage", () => {
    const mix = new StageMix();
    const loud = [1, 2, 3, 4].map((seed) => new TestVoice("program", seed, 0.95));
    const meter = new TruePeakMeter();
    for (let number = 0; number < 100; number += 1) {
      mixed(mix, loud, number);
      meter.push(mix.onAir);
      expect(Math.max(...mix.ear("air", false).heard)).toBeLessThan(0.9);
    }
    expect(meter.peakDbtp).toBeLessThanOrEqual(-1);
    expect(meter.peakDbtp).toBeGreaterThan(-2);
  });

  test("is the same object for all who hear the same, whispers or not, until somebody whispers", () => {
    const mix = new StageMix();
    mixed(mix, [new TestVoice("program", 1)], 0);
    expect(mix.ear("air", true)).toBe(mix.ear("air", false));
    mixed(mix, [new TestVoice("program", 1), new TestVoice("whisper", 2)], 1);
    expect(mix.ear("air", true)).not.toBe(mix.ear("air", false));
    expect(difference(mix.ear("air", true).before, mix.ear("air", false).before)).toBe(-150);
  });
});
