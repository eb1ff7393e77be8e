import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorDb } from "../../test/synthetic-voice.ts";
import { rmsDbfs } from "../level/rms.ts";
import { resample } from "./resample.ts";

function tone(hz: number, rateHz: number, seconds = 0.5): Float32Array {
  return Float32Array.from(
    { length: rateHz * seconds },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / rateHz),
  );
}

/** Without the ends, where the filter reaches outside the sound. */
function middle(pcm: Float32Array): Float32Array {
  return pcm.subarray(Math.floor(pcm.length / 10), Math.floor((pcm.length * 9) / 10));
}

describe("resample", () => {
  it.each([
    [44_100, 48_000],
    [48_000, 44_100],
    [16_000, 48_000],
    [48_000, 16_000],
    [22_050, 48_000],
    [8_000, 48_000],
  ])("turns a tone at %d Hz into the same tone at %d Hz", (from, to) => {
    const made = resample(tone(1_000, from), from, to);
    const wanted = tone(1_000, to);
    expect(made.length).toBe(wanted.length);
    expect(errorDb(middle(made), middle(wanted))).toBeLessThan(-80);
  });

  it("takes out what the lower rate can't carry instead of folding it back", () => {
    const made = resample(tone(12_000, 48_000), 48_000, 16_000);
    expect(rmsDbfs(middle(made))).toBeLessThan(-85);
  });

  it("gives a copy where the rates are equal", () => {
    const pcm = Float32Array.of(1, 2, 3);
    const made = resample(pcm, 48_000, 48_000);
    expect(made).toEqual(pcm);
    expect(made).not.toBe(pcm);
  });

  it.each([0, -1, 1.5, Number.NaN, 1e9])("refuses a rate of %d Hz", (rateHz) => {
    const refusal = expect.objectContaining({ code: "bad-option" });
    expect(() => resample(new Float32Array(1), rateHz, 48_000)).toThrow(refusal);
    expect(() => resample(new Float32Array(1), 48_000, rateHz)).toThrow(refusal);
  });

  it("makes the promised number of finite samples of any short sound", () => {
    const rate = fc.constantFrom(8_000, 11_025, 16_000, 44_100, 48_000, 96_000);
    const sound = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 300 });
    fc.assert(
      fc.property(sound, rate, rate, (samples, from, to) => {
        const made = resample(Float32Array.from(samples), from, to);
        expect(made.length).toBe(Math.round((samples.length * to) / from));
        expect(made.every((sample) => Math.abs(sample) < 4)).toBe(true);
      }),
    );
  });
});
