import { describe, expect, it } from "vitest";
import { SampleLine } from "./sample-line.ts";

const FRAME = 960;

function ones(length = FRAME): Float32Array {
  return new Float32Array(length).fill(1);
}

/** `samples` of a tone, beginning at sample `from` of it. */
function tone(hz: number, from: number, samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, i) =>
    Math.sin((2 * Math.PI * hz * (from + i)) / 48_000),
  );
}

function pull(line: SampleLine, samples: number): Float32Array {
  const target = new Float32Array(samples);
  line.pull(target);
  return target;
}

function biggestStep(pcm: Float32Array): number {
  let biggest = 0;
  for (let i = 1; i < pcm.length; i += 1)
    biggest = Math.max(biggest, Math.abs(pcm[i]! - pcm[i - 1]!));
  return biggest;
}

describe("SampleLine", () => {
  it("gives back exactly what went in, after its ramp", () => {
    const line = new SampleLine(48_000, 48_000);
    const input = tone(440, 0, FRAME);
    line.push(input, 7);
    const output = pull(line, 900);
    expect(output.subarray(300)).toEqual(input.subarray(300, 900));
  });

  it("reports the frame whose samples leave, and how many of the program's did", () => {
    const line = new SampleLine(48_000, 48_000);
    line.push(new Float32Array(FRAME), null);
    line.push(ones(), 41);
    line.push(ones(), 42);
    pull(line, FRAME);
    expect(line.report()).toMatchObject({ playedFrame: null, programSamples: 0 });
    pull(line, FRAME);
    expect(line.report()).toMatchObject({ playedFrame: 41, programSamples: FRAME });
    pull(line, 100);
    expect(line.report()).toMatchObject({ playedFrame: 42, programSamples: 100 });
  });

  it("runs dry without a click, and starts again without one", () => {
    const line = new SampleLine(48_000, 48_000);
    line.push(ones(), 1);
    const stopping = pull(line, 2 * FRAME);
    line.push(ones(), 2);
    const starting = pull(line, 500);
    expect(stopping.at(-1)).toBe(0);
    expect(biggestStep(stopping)).toBeLessThan(0.02);
    expect(biggestStep(starting)).toBeLessThan(0.02);
    expect(line.report().underruns).toBe(1);
  });

  it("resamples smoothly", () => {
    const line = new SampleLine(48_000, 44_100);
    for (let i = 0; i < 10; i += 1) line.push(tone(440, i * FRAME, FRAME), i);
    const output = pull(line, 8_000);
    const expected = Float32Array.from({ length: 8_000 }, (_, i) =>
      Math.sin((2 * Math.PI * 440 * i) / 44_100),
    );
    const worst = output.reduce(
      (max, value, i) => (i < 300 ? max : Math.max(max, Math.abs(value - expected[i]!))),
      0,
    );
    expect(worst).toBeLessThan(0.001);
  });

  it("resamples for sound cards of another rate", () => {
    const line = new SampleLine(48_000, 44_100);
    for (let i = 0; i < 50; i += 1) line.push(tone(440, i * FRAME, FRAME), i);
    pull(line, 22_050);
    // A position with a fraction may round either way.
    expect(Math.abs(line.report().queuedSamples - 24_000)).toBeLessThanOrEqual(1);
  });

  it("drops a block that doesn't fit instead of growing", () => {
    const line = new SampleLine(48_000, 48_000);
    for (let i = 0; i < 300; i += 1) line.push(ones(), i);
    expect(line.report().queuedSamples).toBeLessThanOrEqual(240_000);
    pull(line, 128);
    expect(line.report().playedFrame).toBe(0);
  });

  it("forgets what waits when it is cleared", () => {
    const line = new SampleLine(48_000, 48_000);
    line.push(ones(), 1);
    line.clear();
    line.push(ones(), 9);
    pull(line, 128);
    expect(line.report()).toMatchObject({ playedFrame: 9, programSamples: 128 });
  });

  it("has a twin that goes on where it stands, in step", () => {
    const line = new SampleLine(48_000, 44_100);
    line.push(ones(), 1);
    line.push(ones(), 2);
    pull(line, 700);
    const twin = line.twin();
    for (const one of [line, twin]) one.push(ones().fill(0.5), 3);
    expect(pull(twin, 1_500)).toEqual(pull(line, 1_500));
    const { queuedSamples, playedFrame } = line.report();
    expect(twin.report()).toMatchObject({ queuedSamples, playedFrame });
  });

  it("leaves no click where it is cleared while it plays", () => {
    const line = new SampleLine(48_000, 48_000);
    line.push(ones(), 1);
    pull(line, 480);
    line.clear();
    line.push(ones().fill(-1), 9);
    const output = pull(line, 480);
    expect(Math.abs(output[0]! - 1)).toBeLessThan(0.03);
    expect(biggestStep(output)).toBeLessThan(0.03);
    expect(output.at(-1)).toBeCloseTo(-1, 2);
  });

  it("goes on for longer than its ring without losing its place", () => {
    const line = new SampleLine(48_000, 48_000);
    let worst = 0;
    for (let i = 0; i < 1_000; i += 1) {
      line.push(tone(300, i * FRAME, FRAME), i);
      const output = pull(line, FRAME - (i === 0 ? 10 : 0));
      if (i === 0) continue;
      const expected = tone(300, i * FRAME - 10, FRAME);
      for (let k = 0; k < FRAME; k += 1)
        worst = Math.max(worst, Math.abs(output[k]! - expected[k]!));
    }
    expect(worst).toBeLessThan(1e-6);
    expect(line.report().underruns).toBe(0);
  });
});
