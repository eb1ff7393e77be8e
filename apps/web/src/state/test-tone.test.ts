import { expect, test } from "vitest";
import { toneBytes } from "./test-tone.ts";

const view = new DataView(toneBytes());

test("the test tone is a WAV whose header fits its length", () => {
  const word = (at: number) => String.fromCharCode(...new Uint8Array(view.buffer, at, 4));
  expect([word(0), word(8), word(36)]).toEqual(["RIFF", "WAVE", "data"]);
  expect(view.getUint32(4, true)).toBe(view.byteLength - 8);
  expect(view.getUint32(40, true)).toBe(view.byteLength - 44);
});

test("it is soft, doesn't click, and isn't silent", () => {
  let peak = 0;
  let step = 0;
  for (let at = 46; at < view.byteLength; at += 2) {
    const value = view.getInt16(at, true);
    peak = Math.max(peak, Math.abs(value));
    step = Math.max(step, Math.abs(value - view.getInt16(at - 2, true)));
  }
  expect(peak / 32_768).toBeGreaterThan(0.1);
  expect(peak / 32_768).toBeLessThan(0.13);
  expect(step / 32_768).toBeLessThan(0.05);
});
