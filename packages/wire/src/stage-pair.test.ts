import fc from "fast-check";
import { expect, it } from "vitest";
import { newUserId } from "./ids.ts";
import { isStageLoad, isStageTiming, type StageLoad, type StageTiming } from "./stage-pair.ts";

const load: fc.Arbitrary<StageLoad> = fc.record(
  {
    utilisation: fc.double({ min: 0, max: 1, noNaN: true }),
    programs: fc.nat(),
    speakers: fc.nat(),
    accepts: fc.boolean(),
    machine: fc.string({ maxLength: 100 }),
    isDraining: fc.boolean(),
  },
  { requiredKeys: ["utilisation", "programs", "speakers", "accepts"] },
);

const timing: fc.Arbitrary<StageTiming> = fc.record({
  term: fc.nat(),
  frame: fc.maxSafeNat(),
  atMs: fc.double({ min: 0, max: 1e13, noNaN: true }),
  voices: fc.array(
    fc.record(
      {
        id: fc.constant(newUserId()),
        capturedMs: fc.double({ min: 0, max: 1e13, noNaN: true }),
        gainDb: fc.double({ min: -60, max: 60, noNaN: true }),
      },
      { requiredKeys: ["id", "capturedMs"] },
    ),
    { maxLength: 20 },
  ),
});

const aboard = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

it("knows a stage's load and timing after a trip through JSON", () => {
  fc.assert(fc.property(load, (each) => isStageLoad(aboard(each))));
  fc.assert(fc.property(timing, (each) => isStageTiming(aboard(each))));
});

it("takes neither without any one of what it must hold, nor with another kind in its place", () => {
  const wrong = fc.constantFrom(undefined, null, "1", -1, Number.NaN, {}, [0], "x".repeat(1_000));
  const loadKeys = fc.constantFrom("utilisation", "programs", "speakers", "accepts", "isDraining");
  fc.assert(
    fc.property(load, loadKeys, wrong, (each, key, value) => {
      fc.pre(!(key === "isDraining" && value === undefined));
      fc.pre(!(key === "utilisation" && value === -1));
      expect(isStageLoad({ ...each, [key]: value })).toBe(false);
    }),
  );
  const timingKeys = fc.constantFrom("term", "frame", "atMs", "voices");
  fc.assert(
    fc.property(timing, timingKeys, wrong, (each, key, value) => {
      expect(isStageTiming({ ...each, [key]: value })).toBe(false);
    }),
  );
});

it("answers any JSON with yes or no", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(typeof isStageLoad(value)).toBe("boolean");
      expect(typeof isStageTiming(value)).toBe("boolean");
    }),
  );
});
