import { newUserId, type PathQuality } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { ownLineWords, qualityFigures, qualityGrade } from "./quality.ts";

const line = (over: Partial<PathQuality> = {}): PathQuality => ({
  id: newUserId(),
  path: "webrtc",
  loss: 0.01,
  jitterMs: 12,
  bufferMs: 40,
  rttMs: 60,
  ...over,
});

describe("the quality of a line", () => {
  test("is good on an ordinary network, also where the round trip isn't known", () => {
    expect(qualityGrade(line())).toBe("good");
    expect(qualityGrade(line({ rttMs: null }))).toBe("good");
  });

  test("is as bad as its worst figure", () => {
    expect(qualityGrade(line({ loss: 0.12 }))).toBe("weak");
    expect(qualityGrade(line({ jitterMs: 150 }))).toBe("bad");
    expect(qualityGrade(line({ loss: 0.12, rttMs: 900 }))).toBe("bad");
  });

  test("has its figures on demand", () => {
    expect(qualityFigures(line({ loss: 0.123, path: "websocket" }))).toBe(
      "12% lost, 12 ms jitter, 60 ms round trip, over WebSocket",
    );
    expect(qualityFigures(line({ rttMs: null }))).toBe("1% lost, 12 ms jitter");
  });

  test("is told to its owner as a sentence about what is wrong, and not while it is good", () => {
    expect(ownLineWords(line())).toBe("");
    expect(ownLineWords(line({ loss: 0.12 }))).toMatch(/^Your connection loses 12% of packets/);
    expect(ownLineWords(line({ jitterMs: 60 }))).toMatch(/uneven/);
    expect(ownLineWords(line({ rttMs: 800 }))).toMatch(/0\.4 s late/);
  });
});
