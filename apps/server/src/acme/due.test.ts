import { describe, expect, it } from "vitest";
import { renewAtMs, retryAfterMs } from "./due.ts";

const DAY_MS = 86_400_000;
const NAMES = ["live.example.org"];
const facts = (days: number) => ({
  names: NAMES,
  validFromMs: 0,
  validToMs: days * DAY_MS,
  selfSigned: false,
});

describe("the next certificate", () => {
  it("is asked for 30 days before the end, or with a third of a shorter life left", () => {
    expect(renewAtMs(facts(90), NAMES)).toBe(60 * DAY_MS);
    expect(renewAtMs(facts(398), NAMES)).toBe(368 * DAY_MS);
    expect(renewAtMs(facts(6), NAMES)).toBe(4 * DAY_MS);
  });

  it("is asked for at once where the one there is is nobody's, or lacks a name", () => {
    expect(renewAtMs({ ...facts(90), selfSigned: true }, NAMES)).toBe(0);
    expect(renewAtMs(facts(90), [...NAMES, "example.org"])).toBe(0);
  });

  it("is asked for again ever more seldom, a little apart from everybody else", () => {
    const minutes = [1, 2, 3, 4, 9].map((failures) => retryAfterMs(failures, 0.5) / 60_000);
    expect(minutes).toEqual([1, 4, 16, 64, 360]);
    expect(retryAfterMs(1, 0)).toBeLessThan(retryAfterMs(1, 0.9));
  });
});
