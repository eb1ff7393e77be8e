import { SAMPLE_RATE_HZ } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cents, medianPitch } from "../../test/pitch.ts";
import { framesOf, joinSound, noise, sine, syntheticVoice } from "../../test/synthetic-voice.ts";
import { TimeStretcher } from "./time-stretcher.ts";

function stretched(pcm: Float32Array, rate: number): Float32Array<ArrayBuffer> {
  const stretcher = new TimeStretcher();
  return joinSound(framesOf(pcm).map((frame) => stretcher.push([frame.slice()], rate)[0]!));
}

/** The largest step from one sample to the next: what a click would be. */
function steepest(pcm: Float32Array): number {
  let step = 0;
  for (let i = 1; i < pcm.length; i += 1) step = Math.max(step, Math.abs(pcm[i]! - pcm[i - 1]!));
  return step;
}

/** How much of the power is at one frequency, 0 to 1. */
function toneShare(pcm: Float32Array, hz: number): number {
  let [re, im, power] = [0, 0, 0];
  for (const [i, sample] of pcm.entries()) {
    const angle = (2 * Math.PI * hz * i) / SAMPLE_RATE_HZ;
    re += sample * Math.cos(angle);
    im += sample * Math.sin(angle);
    power += sample * sample;
  }
  return (2 * (re * re + im * im)) / pcm.length / power;
}

const voice = syntheticVoice(10, 3);

describe("TimeStretcher", () => {
  it.each([0.9, 0.95, 1.05, 1.25])("plays a voice at %f of its speed, its pitch kept", (rate) => {
    const out = stretched(voice, rate);
    expect(out.length / (voice.length / rate)).toBeCloseTo(1, 2);
    expect(Math.abs(cents(medianPitch(out), medianPitch(voice)))).toBeLessThan(15);
  });

  it("leaves no clicks", () => {
    expect(steepest(stretched(voice, 1.25))).toBeLessThan(steepest(voice) * 1.1);
    expect(steepest(stretched(voice, 0.9))).toBeLessThan(steepest(voice) * 1.1);
  });

  it.each([110, 220, 440])("keeps a tone of %d Hz a tone", (hz) => {
    const out = stretched(sine(hz, 0.3, 2 * SAMPLE_RATE_HZ), 1.25);
    // Cuts are whole samples, periods aren't: its phase may wander, slowly.
    const window = SAMPLE_RATE_HZ / 10;
    for (let at = 0; at + window <= out.length; at += window) {
      expect(toneShare(out.subarray(at, at + window), hz)).toBeGreaterThan(0.98);
    }
  });

  it("changes the length of noise and of silence too", () => {
    for (const pcm of [noise(0.1, SAMPLE_RATE_HZ), new Float32Array(SAMPLE_RATE_HZ)]) {
      expect(stretched(pcm, 1.25).length / (pcm.length / 1.25)).toBeCloseTo(1, 1);
      expect(stretched(pcm, 0.9).length / (pcm.length / 0.9)).toBeCloseTo(1, 1);
    }
  });

  it("hands back at rate 1 what it was handed", () => {
    const stretcher = new TimeStretcher();
    for (const frame of framesOf(voice.subarray(0, SAMPLE_RATE_HZ))) {
      const block = [frame.slice()];
      expect(stretcher.push(block, 1)).toBe(block);
    }
  });

  it("cuts all channels at the same place", () => {
    const stretcher = new TimeStretcher();
    for (const frame of framesOf(voice)) {
      const right = frame.map((sample) => sample / 2);
      const [out, outRight] = stretcher.push([frame.slice(), right], 1.2);
      expect(outRight).toEqual(out!.map((sample) => sample / 2));
    }
  });

  it("never loses its way, whatever the rates and the blocks", () => {
    const aBlock = fc.tuple(fc.integer({ min: 1, max: 1_920 }), fc.double({ min: 0.5, max: 2 }));
    fc.assert(
      fc.property(fc.array(aBlock, { maxLength: 60 }), (blocks) => {
        const stretcher = new TimeStretcher();
        let at = 0;
        for (const [samples, rate] of blocks.filter(([, it]) => !Number.isNaN(it))) {
          const pcm = voice.slice(at, at + samples);
          at += samples;
          const [out] = stretcher.push([pcm], rate);
          expect(Math.abs(out!.length - pcm.length)).toBeLessThanOrEqual(600);
          expect(out!.every((sample) => Math.abs(sample) <= 1)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});
