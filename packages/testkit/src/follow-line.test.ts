import { TimeStretcher } from "@rostra/sound";
import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from "@rostra/wire";
import { expect, test } from "vitest";
import { followLine, speedBetween } from "./follow-line.ts";

/** Harmonics of a pitch that wanders without coming back: no part of it is like another. */
function speechlike(seconds: number): Float32Array {
  let phase = 0;
  return Float32Array.from({ length: seconds * SAMPLE_RATE_HZ }, (_, i) => {
    const t = i / SAMPLE_RATE_HZ;
    phase +=
      (2 * Math.PI * (130 + 40 * Math.sin(t * 2.1) + 15 * Math.sin(t * 5.7))) / SAMPLE_RATE_HZ;
    const shape = [1, 2, 3, 4, 5, 6].map((n) => Math.sin(n * phase) * (1 + Math.sin(n + 3.3 * t)));
    return 0.05 * shape.reduce((sum, it) => sum + it, 0) * (1 + 0.5 * Math.sin(17 * t));
  });
}

const line = speechlike(8);
const likeness = (pieces: ReturnType<typeof followLine>) =>
  pieces.map((piece) => piece.likeness).sort((a, b) => a - b)[Math.floor(pieces.length * 0.05)];

test("what was played as it was spoken is found from end to end", () => {
  const pieces = followLine(line, line.slice(2 * SAMPLE_RATE_HZ, 6 * SAMPLE_RATE_HZ));
  expect(pieces[0]!.lineMs).toBeCloseTo(2_000, -1);
  expect(likeness(pieces)).toBeGreaterThan(0.99);
  expect(speedBetween(pieces, 0, 4_000)).toBeCloseTo(1, 2);
});

test("what was played faster with its pitch kept is followed", () => {
  const stretcher = new TimeStretcher();
  const out: number[] = [];
  for (let at = SAMPLE_RATE_HZ; at + FRAME_SAMPLES < 6 * SAMPLE_RATE_HZ; at += FRAME_SAMPLES) {
    out.push(...stretcher.push([line.slice(at, at + FRAME_SAMPLES)], 1.25)[0]!);
  }
  const pieces = followLine(line, Float32Array.from(out));
  expect(speedBetween(pieces, 0, 4_000)).toBeCloseTo(1.25, 1);
  expect(likeness(pieces)).toBeGreaterThan(0.8);
});

test("what was left out, played twice or at another pitch is not", () => {
  const at = (fromS: number, toS: number) =>
    line.slice(fromS * SAMPLE_RATE_HZ, toS * SAMPLE_RATE_HZ);
  const skipped = [...at(1, 3), ...at(3.5, 5)];
  const twice = [...at(1, 3), ...at(2.5, 4.5)];
  const higher = Array.from({ length: 3 * SAMPLE_RATE_HZ }, (_, i) => line[Math.floor(i * 1.25)]!);
  for (const heard of [skipped, twice, higher]) {
    expect(likeness(followLine(line, Float32Array.from(heard)))).toBeLessThan(0.7);
  }
});
