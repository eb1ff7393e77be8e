import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SenderClock } from "./sender-clock.ts";

const AT_MS = 1_790_000_000_000;

describe("a sender's clock", () => {
  test("says nothing before a report", () => {
    expect(new SenderClock().capturedMs(0)).toBeUndefined();
    expect(new SenderClock().timestampAt(AT_MS)).toBeUndefined();
  });

  test("leads from timestamps to times and back", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 33 }),
        fc.integer({ max: 2 ** 20 }),
        (at, more) => {
          const clock = new SenderClock();
          clock.hear(at, AT_MS);
          expect(clock.capturedMs(at + more)!).toBeCloseTo(AT_MS + more / 48, 2);
          expect(clock.timestampAt(clock.capturedMs(at + more)!)!).toBeCloseTo(at + more, 0);
        },
      ),
    );
  });

  test("isn't moved by one report that is off, and follows several", () => {
    const clock = new SenderClock();
    for (const offMs of [0, 1, 30, -1, 0]) clock.hear(0, AT_MS + offMs);
    expect(clock.capturedMs(0)).toBe(AT_MS);
    for (let i = 0; i < 3; i += 1) clock.hear(0, AT_MS + 8);
    expect(clock.capturedMs(0)).toBe(AT_MS + 8);
  });

  test("goes with a clock that was set at once", () => {
    const clock = new SenderClock();
    for (let i = 0; i < 5; i += 1) clock.hear(0, AT_MS);
    clock.hear(0, AT_MS + 3_600_000);
    expect(clock.capturedMs(0)).toBe(AT_MS + 3_600_000);
  });
});
