import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeadAir, type ProgramMoment } from "./dead-air.ts";

const SILENCE: ProgramMoment = {
  isWatched: true,
  deadAirSeconds: 8,
  isSpoken: false,
  meanSquare: 1e-7,
};
const SOUND: ProgramMoment = { ...SILENCE, meanSquare: 1e-3 };

/** Frames until `isTrue`, at most 10,000. */
function framesUntil(deadAir: DeadAir, moment: ProgramMoment, isTrue: () => boolean): number {
  for (let frames = 1; frames <= 10_000; frames += 1) {
    deadAir.advance(moment);
    if (isTrue()) return frames;
  }
  return Number.POSITIVE_INFINITY;
}

describe("dead air", () => {
  test("is told to the hosts after 5 of 8 seconds, and is there after 8", () => {
    const deadAir = new DeadAir();
    expect(framesUntil(deadAir, SILENCE, () => deadAir.isWarned)).toBe(250);
    expect(framesUntil(deadAir, SILENCE, () => deadAir.isDead)).toBe(150);
  });

  test("is over with the first frame that sounds, and with the first voice", () => {
    for (const end of [SOUND, { ...SILENCE, isSpoken: true }]) {
      const deadAir = new DeadAir();
      framesUntil(deadAir, SILENCE, () => deadAir.isDead);
      deadAir.advance(end);
      expect([deadAir.isDead, deadAir.isWarned]).toEqual([false, false]);
    }
  });

  test("comes 8 s after the last sound left the window that it is judged by", () => {
    const deadAir = new DeadAir();
    for (let frame = 0; frame < 100; frame += 1) deadAir.advance(SOUND);
    expect(framesUntil(deadAir, SILENCE, () => deadAir.isDead)).toBe(400 + 19);
  });

  test("is none where it is switched off, nor where nobody could be heard", () => {
    for (const change of [{ deadAirSeconds: 0 }, { isWatched: false }]) {
      const deadAir = new DeadAir();
      const moment = { ...SILENCE, ...change };
      expect(framesUntil(deadAir, moment, () => deadAir.isWarned || deadAir.isDead)).toBe(
        Number.POSITIVE_INFINITY,
      );
    }
  });

  test("never begins before its time, and never unannounced, whatever sounds", () => {
    const piece = fc.record({
      frames: fc.integer({ min: 1, max: 300 }),
      isSpoken: fc.boolean(),
      meanSquare: fc.constantFrom(0, 1e-7, 1e-3),
      isWatched: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        (pieces, s) => {
          const deadAir = new DeadAir();
          let quiet = 0;
          for (const { frames, ...change } of pieces) {
            for (let frame = 0; frame < frames; frame += 1) {
              const moment = { ...SILENCE, ...change, deadAirSeconds: s };
              deadAir.advance(moment);
              const isQuiet = moment.isWatched && !moment.isSpoken && moment.meanSquare < 1e-5;
              quiet = isQuiet ? quiet + 1 : 0;
              if (deadAir.isDead) expect(quiet).toBeGreaterThanOrEqual(s * 50);
              if (deadAir.isDead) expect(deadAir.isWarned).toBe(true);
            }
          }
        },
      ),
    );
  });
});
