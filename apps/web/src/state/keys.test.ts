import { expect, test } from "vitest";
import { type KeyPress, keyAction } from "./keys.ts";

const press = (key: string, over: Partial<KeyPress> = {}): KeyPress => ({
  key,
  repeat: false,
  modified: false,
  target: "page",
  ...over,
});

test("space and K play, M mutes, L jumps to live, in either case", () => {
  expect(keyAction(press(" "))).toBe("play");
  expect(keyAction(press("k"))).toBe("play");
  expect(keyAction(press("K"))).toBe("play");
  expect(keyAction(press("M"))).toBe("mute");
  expect(keyAction(press("l"))).toBe("live");
});

test("keys written into a field do nothing else", () => {
  for (const key of [" ", "k", "m"]) expect(keyAction(press(key, { target: "text" }))).toBeNull();
});

test("space on a focused button is that button's", () => {
  expect(keyAction(press(" ", { target: "control" }))).toBeNull();
  expect(keyAction(press("m", { target: "control" }))).toBe("mute");
});

test("a held key and a browser's shortcut do nothing", () => {
  expect(keyAction(press("m", { repeat: true }))).toBeNull();
  expect(keyAction(press("m", { modified: true }))).toBeNull();
});

test("other keys do nothing", () => {
  expect(keyAction(press("x"))).toBeNull();
  expect(keyAction(press("Enter"))).toBeNull();
});
