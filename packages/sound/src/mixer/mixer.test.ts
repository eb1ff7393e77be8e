import { FRAME_SAMPLES } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorDb, framesOf, joinSound, sine, syntheticVoice } from "../../test/synthetic-voice.ts";
import { LIMITER_CEILING, Limiter } from "./limiter.ts";
import { fitted, mixInto } from "./mix.ts";

function peak(pcm: Float32Array): number {
  return pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

function limited(pcm: Float32Array): Float32Array {
  const limiter = new Limiter();
  const frames = framesOf(pcm).map((frame) => frame.slice());
  for (const frame of frames) limiter.process(frame);
  return joinSound(frames);
}

describe("mixInto", () => {
  it("adds one sound to another, with a gain", () => {
    const target = Float32Array.of(0.5, -0.25);
    mixInto(target, Float32Array.of(0.25, 0.25));
    mixInto(target, Float32Array.of(1, 1), 0.5);
    expect([...target]).toEqual([1.25, 0.5]);
  });

  it("refuses sounds of different lengths and changes nothing", () => {
    const target = Float32Array.of(1, 2, 3);
    for (const other of [Float32Array.of(1), Float32Array.of(1, 2)]) {
      const mix = () => mixInto(target, other);
      expect(mix).toThrow(expect.objectContaining({ code: "bad-length" }));
    }
    expect([...target]).toEqual([1, 2, 3]);
  });

  it("puts mono in the middle of stereo, as loud on each side", () => {
    const target = Float32Array.of(0.5, 0, 0, -0.5);
    mixInto(target, Float32Array.of(0.25, 0.5), 0.5);
    expect([...target]).toEqual([0.625, 0.125, 0.25, -0.25]);
  });

  it("gives a mono mix the mean of both sides, which never clips where they didn't", () => {
    const target = Float32Array.of(0, 0.5);
    mixInto(target, Float32Array.of(1, 1, 1, -1));
    expect([...target]).toEqual([1, 0.5]);
  });
});

describe("fitted sound", () => {
  it("is the sound itself where it has that length, and else what a mix makes of it", () => {
    const mono = Float32Array.of(0.25, -0.5);
    expect(fitted(mono, 2)).toBe(mono);
    expect([...fitted(mono, 4)]).toEqual([0.25, 0.25, -0.5, -0.5]);
    expect([...fitted(fitted(mono, 4), 2)]).toEqual([...mono]);
  });
});

describe("the limiter", () => {
  it("never lets a sample over its ceiling, whatever comes in", () => {
    const sample = fc.oneof(
      fc.float({ min: -2, max: 2 }),
      fc.float(),
      fc.constantFrom(0, Infinity, -Infinity, Number.NaN, 3.4e38, LIMITER_CEILING),
    );
    const piece = fc.array(sample, { maxLength: 400 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        const limiter = new Limiter();
        for (const samples of pieces) {
          const pcm = Float32Array.from(samples);
          limiter.process(pcm);
          expect(pcm.every((value) => Math.abs(value) <= LIMITER_CEILING)).toBe(true);
          expect(limiter.gain).toBeGreaterThan(0);
          expect(limiter.gain).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("leaves sound under the ceiling as it is, bit by bit", () => {
    const voice = syntheticVoice(1);
    expect(peak(voice)).toBeLessThan(LIMITER_CEILING);
    expect(limited(voice)).toEqual(voice);
  });

  it("turns both channels of stereo down by one gain", () => {
    const limiter = new Limiter(2);
    const [loud, soft] = [sine(1_000, 2, FRAME_SAMPLES * 10), sine(700, 0.2, FRAME_SAMPLES * 10)];
    const mono = new Limiter();
    for (const [index, frame] of framesOf(loud).entries()) {
      const pcm = new Float32Array(2 * FRAME_SAMPLES);
      const right = framesOf(soft)[index]!;
      for (let i = 0; i < FRAME_SAMPLES; i += 1) pcm.set([frame[i]!, right[i]!], 2 * i);
      const alone = frame.slice();
      limiter.process(pcm);
      mono.process(alone);
      for (let i = 0; i < FRAME_SAMPLES; i += 1) {
        // As the louder one alone would be; and the softer one by that same gain.
        expect(pcm[2 * i]).toBe(alone[i]);
        const gain = Math.abs(frame[i]!) < 0.01 ? undefined : alone[i]! / frame[i]!;
        if (gain !== undefined) expect(pcm[2 * i + 1]).toBeCloseTo(right[i]! * gain, 5);
      }
    }
    expect(limiter.gain).toBe(mono.gain);
  });

  it("turns a tone at +6 dB down to the ceiling with little distortion", () => {
    const out = limited(sine(1_000, 2, FRAME_SAMPLES * 50));
    const settled = out.subarray(FRAME_SAMPLES * 10);
    expect(peak(settled)).toBeGreaterThan(LIMITER_CEILING * 0.98);
    const pure = sine(1_000, LIMITER_CEILING, FRAME_SAMPLES * 40);
    expect(errorDb(settled, pure)).toBeLessThan(-35);
  });

  it("comes back to full gain within a second after a shout", () => {
    const limiter = new Limiter();
    limiter.process(sine(500, 3, FRAME_SAMPLES));
    expect(limiter.gain).toBeLessThan(0.35);
    for (let frame = 0; frame < 50; frame += 1) limiter.process(new Float32Array(FRAME_SAMPLES));
    expect(limiter.gain).toBeGreaterThan(0.99);
  });

  it("moves its gain without steps between pieces", () => {
    // A steady offset shows the gain itself: after a shout it must rise in small steps only.
    const out = limited(
      joinSound([sine(500, 3, FRAME_SAMPLES), new Float32Array(48_000).fill(0.5)]),
    );
    const steps = out.map((sample, i) => (i > FRAME_SAMPLES ? sample - out[i - 1]! : 0));
    expect(peak(steps)).toBeLessThan(0.001);
  });
});
