import { describe, expect, it } from "vitest";
import { levelOf } from "./level.ts";
import { microphoneErrorOf } from "./microphone-errors.ts";

describe("levelOf", () => {
  it("knows silence", () => {
    expect(levelOf(new Float32Array(2_048))).toEqual({ level: 0, dbfs: -100 });
    expect(levelOf(new Float32Array(0))).toEqual({ level: 0, dbfs: -100 });
  });

  it("knows full scale", () => {
    expect(levelOf(new Float32Array(2_048).fill(-1))).toEqual({ level: 1, dbfs: 0 });
  });

  it("goes evenly by decibels in between", () => {
    const { level, dbfs } = levelOf(new Float32Array(2_048).fill(10 ** (-30 / 20)));
    expect(dbfs).toBeCloseTo(-30, 3);
    expect(level).toBeCloseTo(0.5, 3);
  });
});

describe("microphoneErrorOf", () => {
  it.each([
    ["NotAllowedError", "not-allowed"],
    ["NotFoundError", "not-found"],
    ["OverconstrainedError", "not-found"],
    ["NotReadableError", "in-use"],
    ["SomethingNewError", "failed"],
  ])("says of %s what to do: %s", (name, code) => {
    expect(microphoneErrorOf(new DOMException("x", name)).code).toBe(code);
  });
});
