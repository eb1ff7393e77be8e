import { FRAME_SAMPLES } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { framesOf, noise, sine, syntheticVoice } from "../../test/synthetic-voice.ts";
import { KWeighting } from "./k-weighting.ts";
import { lufsOf } from "./lufs.ts";
import { VoiceMeter } from "./voice-meter.ts";

/** Loudness of the whole by the filter of the recommendation, at the full rate. */
function exactLufs(pcm: Float32Array): number {
  return lufsOf(new KWeighting().energy(pcm, 0, pcm.length, 1) / pcm.length);
}

function measured(pcm: Float32Array) {
  const meter = new VoiceMeter();
  const frames = framesOf(pcm).map((frame) => ({ ...meter.measure(frame) }));
  const mean = (of: (frame: VoiceMeter) => number) =>
    frames.reduce((sum, frame) => sum + of(frame as VoiceMeter), 0) / frames.length;
  return {
    plain: mean(({ plain }) => plain),
    voice: mean(({ voice }) => voice),
    lufs: lufsOf(mean(({ weighted }) => weighted)),
  };
}

describe("the meter of a voice", () => {
  it("reads voices as loud as the recommendation has them, to a tenth of a LU", () => {
    for (const seed of [1, 2, 3, 4]) {
      const voice = syntheticVoice(10, seed);
      expect(Math.abs(measured(voice).lufs - exactLufs(voice))).toBeLessThan(0.1);
    }
  });

  it("reads tones of any pitch, and hiss, within a quarter of a LU", () => {
    const tones = [60, 100, 250, 1_000, 2_000, 4_000, 8_000, 15_000].map((hz) =>
      sine(hz, 0.1, 48_000),
    );
    for (const pcm of [...tones, noise(0.1, 48_000)]) {
      expect(Math.abs(measured(pcm).lufs - exactLufs(pcm))).toBeLessThan(0.25);
    }
  });

  it("reads the mean square as it is, of noise up to the highest tones as well", () => {
    const pcm = noise(0.3, 48_000);
    const exact = pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
    expect(measured(pcm).plain / exact).toBeCloseTo(1, 6);
  });

  it("leaves rumble out of what tells a voice", () => {
    expect(measured(sine(20, 0.5, 48_000)).voice).toBeLessThan(0.01);
    expect(measured(sine(1_000, 0.5, 48_000)).voice).toBeCloseTo(0.125, 2);
  });

  it("is silent again after anything that is no number", () => {
    const meter = new VoiceMeter();
    meter.measure(new Float32Array(FRAME_SAMPLES).fill(Number.NaN));
    meter.measure(new Float32Array(FRAME_SAMPLES).fill(Number.POSITIVE_INFINITY));
    const silence = new Float32Array(FRAME_SAMPLES);
    for (let i = 0; i < 500; i += 1) meter.measure(silence);
    expect(meter.measure(silence).weighted).toBeLessThan(1e-12);
    expect(meter.plain).toBe(0);
  });

  it("reads nothing of nothing", () => {
    expect(new VoiceMeter().measure(new Float32Array(0))).toMatchObject({ samples: 0, plain: 0 });
  });
});
