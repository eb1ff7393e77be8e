import { testSpace } from "@rostra/testkit";
import { type SpaceSnapshot, stagesOf } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { repaired, type StagesNow } from "./pairs.ts";

/** @param back names that are away and may be back in a moment */
function stages(here: readonly string[], back: readonly string[] = [], pairs = true): StagesNow {
  return {
    has: (name) => here.includes(name),
    isLost: (name) => !here.includes(name) && !back.includes(name),
    another: () => here[0],
    beside: (first) => (pairs ? here.find((name) => name !== first) : undefined),
  };
}

const alone = testSpace({ stageName: "a" });
const paired = testSpace({ stageName: "a", secondStageName: "b", term: 4 });

function stagesIn({ stageName, secondStageName, term }: SpaceSnapshot) {
  return [stageName, secondStageName, term];
}

describe("a space's stages", () => {
  it("stay where both are there", () => {
    expect(repaired(paired, stages(["c", "a", "b"]))).toBe(paired);
  });

  it("become a pair where a second one is there, and pairs are wanted", () => {
    expect(stagesIn(repaired(alone, stages(["a", "b"])))).toEqual(["a", "b", undefined]);
    expect(repaired(alone, stages(["a"]))).toBe(alone);
    expect(repaired(alone, stages(["a", "b"], [], false))).toBe(alone);
  });

  it("go on with the second at once, by a new term, and get another second", () => {
    expect(stagesIn(repaired(paired, stages(["c", "b"], ["a"])))).toEqual(["b", "c", 5]);
    expect(stagesIn(repaired(paired, stages(["b"], ["a"])))).toEqual(["b", undefined, 5]);
  });

  it("wait a moment for a second that went, then do with another one, or with none", () => {
    expect(repaired(paired, stages(["a", "c"], ["b"]))).toBe(paired);
    expect(stagesIn(repaired(paired, stages(["a", "c"])))).toEqual(["a", "c", 4]);
    expect(stagesIn(repaired(paired, stages(["a"])))).toEqual(["a", undefined, 4]);
  });

  it("wait a moment for the only one, then move; where nobody is, they wait on", () => {
    expect(repaired(alone, stages(["b"], ["a"]))).toBe(alone);
    expect(stagesIn(repaired(alone, stages(["b"])))).toEqual(["b", undefined, 1]);
    expect(repaired(paired, stages([]))).toBe(paired);
  });

  it("are left alone before a space opens and after it has ended", () => {
    const closed = testSpace({ stageName: "gone", state: "ended" });
    expect(repaired(closed, stages(["a", "b"]))).toBe(closed);
  });

  it("are after any losses two different ones that are there, and then nothing more is changed", () => {
    const names = ["a", "b", "c", "d"];
    const space = fc
      .record({ first: fc.constantFrom(...names), second: fc.constantFrom(undefined, ...names) })
      .map(({ first, second }) =>
        testSpace({ stageName: first, ...(second !== undefined && { secondStageName: second }) }),
      );
    fc.assert(
      fc.property(space, fc.subarray(names, { minLength: 2 }), (before, here) => {
        const after = repaired(before, stages(here));
        expect(stagesOf(after)).toHaveLength(2);
        expect(new Set(stagesOf(after)).size).toBe(2);
        expect(stagesOf(after).every((name) => here.includes(name))).toBe(true);
        expect(repaired(after, stages(here))).toBe(after);
        const isMoved = after.stageName !== before.stageName;
        expect((after.term ?? 0) - (before.term ?? 0)).toBe(isMoved ? 1 : 0);
      }),
    );
  });
});
