import { describe, expect, test } from "vitest";
import { STAGE_KEYS, stageKey } from "./stage-keys.ts";

type Press = Parameters<typeof stageKey>[0];

const press = (key: string, over: Partial<Press> = {}): Press => ({
  key,
  repeat: false,
  modified: false,
  shift: false,
  target: "page",
  ...over,
});

describe("keys on stage", () => {
  test("M mutes oneself, Shift M everybody else", () => {
    expect(stageKey(press("m"))).toBe("mute");
    expect(stageKey(press("M", { shift: true }))).toBe("mute-all");
  });

  test("space talks, except on a button, whose press it is", () => {
    expect(stageKey(press(" "))).toBe("talk");
    expect(stageKey(press(" ", { target: "control" }))).toBeNull();
  });

  test("a question mark shows the help on any keyboard layout", () => {
    expect(stageKey(press("?", { shift: true }))).toBe("help");
  });

  test("what is written, held down or the browser's does nothing", () => {
    for (const key of ["m", "w", " ", "?", "z"]) {
      expect(stageKey(press(key, { target: "text" }))).toBeNull();
      expect(stageKey(press(key, { repeat: true }))).toBeNull();
      expect(stageKey(press(key, { modified: true }))).toBeNull();
    }
    expect(stageKey(press("x"))).toBeNull();
    expect(stageKey(press("constructor"))).toBeNull();
  });

  test("each key of the help does something", () => {
    for (const { keys } of STAGE_KEYS) {
      const key = keys === "Space" ? " " : keys.replace("Shift ", "");
      expect(stageKey(press(key, { shift: keys.startsWith("Shift") })), keys).not.toBeNull();
    }
  });
});
