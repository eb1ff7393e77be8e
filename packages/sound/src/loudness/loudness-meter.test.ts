import { FRAME_SAMPLES } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { framesOf, joinSound, noise, sine, syntheticVoice } from "../../test/synthetic-voice.ts";
import { LoudnessMeter } from "./loudness-meter.ts";
import { SILENCE_LUFS } from "./lufs.ts";

function stereo(pcm: Float32Array): Float32Array {
  return Float32Array.from({ length: pcm.length * 2 }, (_, i) => pcm[i >> 1]!);
}

/** 1 kHz in both channels, as EBU Tech 3341 (table 1) has its test signals: [dBFS, seconds]. */
function signal(...parts: readonly (readonly [number, number])[]): Float32Array {
  const tones = parts.map(([dbfs, seconds]) =>
    sine(1_000, 10 ** (dbfs / 20), Math.round(seconds * 48_000)),
  );
  return stereo(joinSound(tones));
}

function measured(pcm: Float32Array, channels: 1 | 2 = 2): LoudnessMeter {
  const meter = new LoudnessMeter({ channels });
  for (let at = 0; at < pcm.length; at += FRAME_SAMPLES * channels) {
    meter.push(pcm.subarray(at, at + FRAME_SAMPLES * channels));
  }
  return meter;
}

describe("the loudness meter", () => {
  it("reads a steady tone of -23 and -33 dBFS as that, in all three windows (Tech 3341, 1 and 2)", () => {
    for (const dbfs of [-23, -33]) {
      const meter = measured(signal([dbfs, 20]));
      expect(Math.abs(meter.momentaryLufs - dbfs)).toBeLessThan(0.1);
      expect(Math.abs(meter.shortTermLufs - dbfs)).toBeLessThan(0.1);
      expect(Math.abs(meter.integratedLufs - dbfs)).toBeLessThan(0.1);
    }
  });

  it("leaves out what is quiet beside the rest, and what is silence (Tech 3341, 3 and 4)", () => {
    const quietEnds = signal([-36, 10], [-23, 60], [-36, 10]);
    expect(Math.abs(measured(quietEnds).integratedLufs + 23)).toBeLessThan(0.1);
    const silentEnds = signal([-72, 10], [-36, 10], [-23, 60], [-36, 10], [-72, 10]);
    expect(Math.abs(measured(silentEnds).integratedLufs + 23)).toBeLessThan(0.1);
  });

  it("weighs what passes the gates by energy (Tech 3341, 5)", () => {
    const steps = signal([-26, 20], [-20, 20.1], [-26, 20]);
    expect(Math.abs(measured(steps).integratedLufs + 23)).toBeLessThan(0.1);
  });

  it("reads a 997 Hz sine at full scale in one channel as -3.01 (BS.1770-5, Annex 1)", () => {
    expect(measured(sine(997, 1, 480_000), 1).integratedLufs).toBeCloseTo(-3.01, 2);
  });

  it("reads the same voice left and right 3 LU louder than on one side", () => {
    const voice = syntheticVoice(5);
    const both = measured(stereo(voice)).integratedLufs;
    expect(both - measured(voice, 1).integratedLufs).toBeCloseTo(3.01, 2);
  });

  it("reads silence, and too little sound, as the floor", () => {
    expect(measured(new Float32Array(96_000), 1).integratedLufs).toBe(SILENCE_LUFS);
    const short = measured(sine(1_000, 0.5, 4_800 * 3), 1);
    expect(short.momentaryLufs).toBe(SILENCE_LUFS);
    expect(short.shortTermLufs).toBe(SILENCE_LUFS);
  });

  it("doesn't care how the sound is cut", () => {
    const pcm = noise(0.1, 48_000);
    const whole = new LoudnessMeter();
    whole.push(pcm);
    fc.assert(
      fc.property(fc.array(fc.nat(9_000), { maxLength: 12 }), (lengths) => {
        const meter = new LoudnessMeter();
        let at = 0;
        for (const length of [...lengths, pcm.length]) {
          meter.push(pcm.subarray(at, at + length));
          at += length;
        }
        expect(meter.integratedLufs).toBeCloseTo(whole.integratedLufs, 9);
      }),
    );
  });

  it("comes through anything, and reads right afterwards", () => {
    const samples = fc.oneof(fc.float(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 3.4e38));
    fc.assert(
      fc.property(fc.array(samples, { maxLength: 2_000 }), (wild) => {
        const meter = new LoudnessMeter();
        meter.push(Float32Array.from(wild));
        for (const frame of framesOf(sine(1_000, 0.1, 192_000))) meter.push(frame);
        expect(Number.isFinite(meter.integratedLufs)).toBe(true);
        expect(Math.abs(meter.shortTermLufs + 23.04)).toBeLessThan(0.1);
      }),
      { numRuns: 20 },
    );
  });

  it("begins anew when it is reset", () => {
    const meter = measured(sine(1_000, 1, 96_000), 1);
    meter.reset();
    expect(meter.integratedLufs).toBe(SILENCE_LUFS);
    meter.push(sine(1_000, 0.01, 48_000));
    expect(Math.abs(meter.integratedLufs + 43.04)).toBeLessThan(0.1);
  });

  it("refuses half of a pair", () => {
    const push = () => new LoudnessMeter({ channels: 2 }).push(new Float32Array(3));
    expect(push).toThrow(expect.objectContaining({ code: "bad-length" }));
  });
});
