import fc from "fast-check";
import { expect, test } from "vitest";
import { atLevel, effectiveVolume, FULL_VOLUME, parseVolume, toggled } from "./volume.ts";

test("switching off is silent and switching on again is as loud as before", () => {
  const off = toggled(atLevel(0.4));
  expect(effectiveVolume(off)).toBe(0);
  expect(effectiveVolume(toggled(off))).toBe(0.4);
});

test("the slider at the bottom is off, and switching on from there is heard", () => {
  expect(atLevel(0).isOff).toBe(true);
  expect(effectiveVolume(toggled(atLevel(0)))).toBe(1);
});

test("moving the slider switches the sound on", () => {
  expect(atLevel(0.2)).toEqual({ level: 0.2, isOff: false });
});

test("whatever is stored gives a level from 0 to 1", () => {
  expect(parseVolume(null)).toEqual(FULL_VOLUME);
  expect(parseVolume('{"level":0.3,"isOff":true}')).toEqual({ level: 0.3, isOff: true });
  const stored = fc.oneof(
    fc.string(),
    fc.json(),
    fc.double().map((level) => `{"level":${level}}`),
  );
  fc.assert(
    fc.property(stored, (text) => {
      const { level } = parseVolume(text);
      return level >= 0 && level <= 1;
    }),
  );
});
