import { expect, test } from "vitest";
import { parsePreferences, preferences, setPreferences } from "./preferences.ts";

const DEFAULTS = { pushToTalk: false, shortcuts: true, noise: "platform", speakerId: "" };

test("what was chosen before stands", () => {
  const chosen = { pushToTalk: true, shortcuts: false, noise: "strong", speakerId: "kitchen" };
  expect(parsePreferences(JSON.stringify(chosen))).toEqual(chosen);
});

test("what isn't understood is as if never set", () => {
  for (const text of [
    null,
    "",
    "[]",
    "{",
    "7",
    '{"pushToTalk":"yes","speakerId":3,"noise":"loud"}',
  ]) {
    expect(parsePreferences(text), String(text)).toEqual(DEFAULTS);
  }
});

test("a choice stands on this page also where nothing can be stored", () => {
  setPreferences({ pushToTalk: true });
  expect(preferences.value).toEqual({ ...DEFAULTS, pushToTalk: true });
});
