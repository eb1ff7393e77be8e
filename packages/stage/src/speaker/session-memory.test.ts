import { VirtualClock } from "@rostra/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { SessionMemory } from "./session-memory.ts";

const ADA = "space ada";
const REPLACED = expect.objectContaining({ code: "replaced" });

let clock: VirtualClock;
let memory: SessionMemory;

beforeEach(() => {
  clock = new VirtualClock(0);
  memory = new SessionMemory(clock);
});

describe("the memory of sessions", () => {
  test("lets a page come back that nobody replaced", () => {
    const first = memory.begin("a", ADA, undefined);
    memory.end(first, false);
    memory.check(ADA, "a", undefined);
    expect(memory.begin("b", ADA, "a").family).toBe(first.family);
  });

  test("keeps away a page that another one replaced", () => {
    memory.end(memory.begin("a", ADA, undefined), true);
    expect(() => memory.check(ADA, "a", undefined)).toThrow(REPLACED);
  });

  test("keeps away a page that was lost before another came in, while that one is there", () => {
    memory.end(memory.begin("a", ADA, undefined), false);
    const other = memory.begin("b", ADA, undefined);
    expect(() => memory.check(ADA, "a", other)).toThrow(REPLACED);
    memory.end(other, false);
    memory.check(ADA, "a", undefined);
  });

  test("knows two attempts of one page for one, even after a restart of the stage", () => {
    const [one, two] = [memory.begin("b", ADA, "gone"), memory.begin("c", ADA, "gone")];
    expect(one.family).toBe(two.family);
    memory.check(ADA, "b", two);
  });

  test("believes nobody who names somebody else's session", () => {
    memory.end(memory.begin("a", ADA, undefined), true);
    memory.check("space ben", "a", undefined);
    expect(memory.begin("b", "space ben", "a").family).not.toBe("b2");
  });

  test("forgets after ten minutes, and never holds more than a thousand", () => {
    memory.end(memory.begin("a", ADA, undefined), true);
    clock.advance(600_001);
    memory.end(memory.begin("b", ADA, undefined), true);
    memory.check(ADA, "a", undefined);
    for (let i = 0; i < 1_000; i += 1) memory.end(memory.begin(`c${i}`, ADA, undefined), true);
    memory.check(ADA, "b", undefined);
    expect(() => memory.check(ADA, "c0", undefined)).toThrow(REPLACED);
  });
});
