import { newUserId } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { type ActiveGuards, hasDeadAir, ownWarning, personWarnings } from "./guards.ts";

const ME = newUserId();
const BO = newUserId();

describe("what the guards noticed", () => {
  test("is told to its owner alone, the worst first", () => {
    const guards: ActiveGuards = [
      { kind: "hot-mic", id: ME },
      { kind: "echo", id: ME },
      { kind: "howl", id: BO },
    ];
    expect(ownWarning(guards, ME)).toMatch(/use headphones/);
    expect(ownWarning(guards, BO)).toMatch(/whistles/);
    expect(ownWarning([], ME)).toBeNull();
  });

  test("stands beside the person for the hosts, each thing once", () => {
    const guards: ActiveGuards = [
      { kind: "echo", id: BO },
      { kind: "echo", id: BO },
    ];
    expect(personWarnings(guards, BO)).toHaveLength(1);
    expect(personWarnings(guards, ME)).toEqual([]);
  });

  test("knows dead air as nobody's in particular", () => {
    expect(hasDeadAir([{ kind: "dead-air", id: null }])).toBe(true);
    expect(hasDeadAir([{ kind: "howl", id: BO }])).toBe(false);
    expect(ownWarning([{ kind: "dead-air", id: null }], ME)).toBeNull();
  });
});
