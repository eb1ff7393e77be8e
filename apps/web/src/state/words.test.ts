import { expect, test } from "vitest";
import { listeningWords, nameList, whenWords } from "./words.ts";

const NOON = Date.UTC(2026, 4, 1, 12, 0);
const HOUR = 3_600_000;
const english = { locale: "en-GB", timeZone: "UTC" };

test("listeners are counted with separators", () => {
  expect(listeningWords(1, "en")).toBe("1 listening");
  expect(listeningWords(1_234_567, "en")).toBe("1,234,567 listening");
});

test("a time today is told without its date", () => {
  expect(whenWords(NOON + 2 * HOUR, NOON, english)).toBe("14:00");
});

test("a time on another day is told with its date", () => {
  expect(whenWords(NOON + 24 * HOUR, NOON, english)).toBe("Sat 2 May, 12:00");
});

test("a long list of names ends in a number", () => {
  expect(nameList([])).toBe("");
  expect(nameList(["Ada"])).toBe("Ada");
  expect(nameList(["Ada", "Bo"])).toBe("Ada and Bo");
  expect(nameList(["Ada", "Bo", "Cy", "Di"])).toBe("Ada, Bo and 2 more");
});
