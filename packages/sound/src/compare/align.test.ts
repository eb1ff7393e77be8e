import { SAMPLE_RATE_HZ } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinSound, noise, syntheticVoice } from "../../test/synthetic-voice.ts";
import { alignAndCorrelate } from "./align.ts";

const voice = syntheticVoice(8, 1);
const silence = (seconds: number) => new Float32Array(Math.round(seconds * SAMPLE_RATE_HZ));
const align = (a: Float32Array, b: Float32Array, options = {}) =>
  alignAndCorrelate(a, b, SAMPLE_RATE_HZ, options);

describe("alignAndCorrelate", () => {
  it("finds a sound in itself, at once", () => {
    expect(align(voice, voice)).toMatchObject({ offsetMs: 0 });
    expect(align(voice, voice).correlation).toBeGreaterThan(0.9999);
  });

  it.each([1, 13, 777, 2_345, 4_990])("finds a sound that comes %d ms later, and earlier", (ms) => {
    const late = joinSound([silence(ms / 1000), voice]);
    expect(Math.abs(align(voice, late).offsetMs - ms)).toBeLessThanOrEqual(1);
    expect(Math.abs(align(late, voice).offsetMs + ms)).toBeLessThanOrEqual(1);
    expect(align(voice, late).correlation).toBeGreaterThan(0.99);
    expect(align(late, voice).correlation).toBeGreaterThan(0.99);
  });

  it("finds a sound of which the beginning was missed", () => {
    const rest = voice.subarray(2.5 * SAMPLE_RATE_HZ);
    const { correlation, offsetMs } = align(voice, rest);
    expect(correlation).toBeGreaterThan(0.99);
    expect(Math.abs(offsetMs + 2_500)).toBeLessThanOrEqual(1);
  });

  it("isn't disturbed by what only one of them has before and after", () => {
    const other = syntheticVoice(3, 9);
    const longer = joinSound([other, voice, other, other]);
    const { correlation, offsetMs } = align(voice, longer);
    expect(correlation).toBeGreaterThan(0.99);
    expect(Math.abs(offsetMs - 3_000)).toBeLessThanOrEqual(1);
  });

  it("is deaf to gain and robust to noise", () => {
    const hiss = noise(0.002, voice.length);
    const heard = voice.map((sample, i) => 0.05 * sample + hiss[i]! * 0.05);
    expect(align(voice, heard).correlation).toBeGreaterThan(0.99);
  });

  it("tells another voice apart", () => {
    expect(align(voice, syntheticVoice(8, 2)).correlation).toBeLessThan(0.5);
    expect(align(voice, noise(0.1, voice.length)).correlation).toBeLessThan(0.5);
  });

  it("doesn't look further than it is told", () => {
    const late = joinSound([silence(2), voice]);
    expect(align(voice, late, { maxLagMs: 1_000 }).correlation).toBeLessThan(0.6);
    expect(Math.abs(align(voice, late, { maxLagMs: 1_000 }).offsetMs)).toBeLessThan(1_100);
  });

  it("says 0 where there is nothing to compare", () => {
    expect(align(silence(2), voice).correlation).toBe(0);
    expect(align(silence(0), silence(0))).toEqual({ correlation: 0, offsetMs: 0 });
  });

  it("refuses a rate or a window that isn't positive", () => {
    const refusal = expect.objectContaining({ code: "bad-option" });
    expect(() => alignAndCorrelate(voice, voice, 0)).toThrow(refusal);
    expect(() => align(voice, voice, { windowMs: Number.NaN })).toThrow(refusal);
  });

  it("stays between -1 and 1 for any two sounds", () => {
    const sound = fc.float32Array({ maxLength: 500, noDefaultInfinity: true });
    fc.assert(
      fc.property(sound, sound, (a, b) => {
        const { correlation } = alignAndCorrelate(a, b, 1_000, { maxLagMs: 100 });
        expect(Math.abs(correlation)).toBeLessThanOrEqual(1.000001);
      }),
    );
  });
});
