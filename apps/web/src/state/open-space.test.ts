import { LIMITS } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { checkForm, EMPTY_FORM, parseTopics, type SpaceForm, toNewSpace } from "./open-space.ts";

const NOW = Date.UTC(2026, 4, 1);
const filled = (over: Partial<SpaceForm> = {}): SpaceForm => ({
  ...EMPTY_FORM,
  title: "Town hall",
  displayName: "Ada",
  ...over,
});

describe("the form", () => {
  test("needs a title and a name, and nothing else", () => {
    expect(Object.keys(checkForm(EMPTY_FORM, NOW))).toEqual(["title", "displayName"]);
    expect(checkForm(filled(), NOW)).toEqual({});
  });

  test("takes blanks for nothing", () => {
    expect(checkForm(filled({ title: "  ", displayName: " " }), NOW)).toHaveProperty("title");
  });

  test("refuses too many topics and topics that are too long", () => {
    const many = Array.from({ length: LIMITS.topics + 1 }, (_, i) => `t${i}`).join(",");
    expect(checkForm(filled({ topics: many }), NOW)).toHaveProperty("topics");
    const long = "x".repeat(LIMITS.topicChars + 1);
    expect(checkForm(filled({ topics: long }), NOW)).toHaveProperty("topics");
  });

  test("refuses a start that has passed, is over a year away, or is no time", () => {
    for (const startsAt of ["2026-04-30T10:00", "2028-01-01T00:00", "tomorrow"]) {
      expect(checkForm(filled({ startsAt }), NOW)).toHaveProperty("startsAt");
    }
    expect(checkForm(filled({ startsAt: "2026-06-01T10:00" }), NOW)).toEqual({});
  });
});

test("topics are separated by commas, trimmed, and named once", () => {
  expect(parseTopics(" #city, budget ,, city ")).toEqual(["city", "budget"]);
});

test("what isn't filled in isn't sent", () => {
  expect(toNewSpace(filled({ title: " Town hall " }))).toEqual({ title: "Town hall" });
  const later = toNewSpace(filled({ topics: "city", startsAt: "2026-06-01T10:00" }));
  expect(later.topics).toEqual(["city"]);
  expect(new Date(later.startsAt!).getTime()).toBe(Date.parse("2026-06-01T10:00"));
});
