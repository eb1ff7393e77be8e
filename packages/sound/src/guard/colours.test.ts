import { describe, expect, it } from "vitest";
import { joinSound, noise, syntheticVoice } from "../../test/synthetic-voice.ts";
import { COLOURED_SAMPLES, likenessOfColours } from "./colours.ts";
import { Line } from "./line.ts";

const STEP = 80;
const RATE = 4_000;

/** Every twelfth sample: what is folded doesn't matter to who compares two such sounds. */
function atFour(pcm: Float32Array): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: Math.floor(pcm.length / 12) }, (_, i) => pcm[i * 12]!);
}

/** The highest likeness of the second second on, `back` samples earlier. */
function best(mic: Float32Array, sent: Float32Array, back: number): [number, number] {
  const [micLine, sentLine] = [new Line(COLOURED_SAMPLES), new Line(COLOURED_SAMPLES + RATE)];
  let [least, most] = [1, -1];
  for (let at = 0; at + STEP <= mic.length; at += STEP) {
    micLine.push(mic.subarray(at, at + STEP));
    sentLine.push(sent.subarray(at, at + STEP));
    if (at < RATE || (at / STEP) % 10 > 0) continue;
    const likeness = likenessOfColours(micLine, sentLine, back);
    [least, most] = [Math.min(least, likeness), Math.max(most, likeness)];
  }
  return [least, most];
}

describe("likeness of colours", () => {
  const sent = atFour(syntheticVoice(4, 5));
  const back = 333;
  const echo = joinSound([new Float32Array(back), sent]).subarray(0, sent.length);

  it("is high where one sound is the other's echo, however soft, through a room's colour", () => {
    // Each sample less the one before: a loudspeaker without bass.
    const coloured = echo.map((sample, i) => 0.05 * (sample - 0.8 * (echo[i - 1] ?? 0)));
    const [least] = best(coloured, sent, back);
    expect(least).toBeGreaterThan(0.75);
  });

  it("is low where another speaks, and at another lag", () => {
    expect(best(atFour(syntheticVoice(4, 9)), sent, back)[1]).toBeLessThan(0.7);
    expect(best(echo, sent, back + 800)[1]).toBeLessThan(0.7);
  });

  it("is none of noise or silence, and always a number", () => {
    const hiss = atFour(noise(0.1, sent.length * 12));
    expect(best(hiss, sent, back)[1]).toBeLessThan(0.4);
    const silence = new Float32Array(sent.length);
    for (const [mic, other] of [
      [silence, sent],
      [sent, silence],
    ] as const) {
      for (const likeness of best(mic, other, back)) expect(likeness).toBeCloseTo(0, 4);
    }
  });
});
