import { DEFAULT_SETTINGS } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { changedSettings, checkSettings, toForm } from "./settings-form.ts";

const FORM = toForm(DEFAULT_SETTINGS);

describe("the form of the settings", () => {
  test("shows what is set, and saving it untouched changes nothing", () => {
    expect(FORM).toMatchObject({ stageLimit: "13", deadAirSeconds: "8", hostAwayMinutes: "5" });
    expect(checkSettings(FORM, 2)).toEqual({});
    expect(changedSettings(FORM, DEFAULT_SETTINGS)).toEqual({});
  });

  test("says only what was changed", () => {
    const form = { ...FORM, floorControl: true, hostAwayMinutes: "1,5" };
    expect(changedSettings(form, DEFAULT_SETTINGS)).toEqual({
      floorControl: true,
      hostAwaySeconds: 90,
    });
  });

  test("keeps seconds that a view in minutes had to round", () => {
    const odd = { ...DEFAULT_SETTINGS, hostAwaySeconds: 100 };
    expect(changedSettings(toForm(odd), odd)).toEqual({});
  });

  test("refuses what the server would, in a sentence each", () => {
    const errors = (over: Partial<typeof FORM>) =>
      Object.keys(checkSettings({ ...FORM, ...over }, 4));
    for (const stageLimit of ["0", "51", "", "x", "2.5", "-1"]) {
      expect(errors({ stageLimit }), stageLimit).toEqual(["stageLimit"]);
    }
    for (const deadAirSeconds of ["121", "", "1e3"]) {
      expect(errors({ deadAirSeconds }), deadAirSeconds).toEqual(["deadAirSeconds"]);
    }
    for (const hostAwayMinutes of ["", "x", "0.1", "2000"]) {
      expect(errors({ hostAwayMinutes }), hostAwayMinutes).toEqual(["hostAwayMinutes"]);
    }
  });

  test("doesn't make the stage smaller than those who stand on it", () => {
    expect(checkSettings({ ...FORM, stageLimit: "3" }, 4).stageLimit).toMatch(/^4 people/);
  });
});
