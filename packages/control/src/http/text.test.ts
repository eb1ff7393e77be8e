import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toOneLine } from "./text.ts";

describe("a line of text", () => {
  it.each([
    ["  Ann \t\r\n  Lee  ", "Ann Lee"],
    ["Zo\u0065\u0308", "Zo\u00eb"],
    ["می\u200cخواهم", "می\u200cخواهم"],
    ["👩\u200d🚀", "👩\u200d🚀"],
    ["\u00a0wide\u3000space", "wide space"],
    ["   ", ""],
    ["Zalgo\u0301\u0302\u0303\u0304\u0305\u0306", "Zalg\u00f3\u0302\u0303\u0304\u0305"],
  ])("is trimmed, collapsed and composed: %j", (text, line) => {
    expect(toOneLine(text)).toBe(line);
  });

  it.each([
    ["NUL", "a\u0000b"],
    ["escape", "\u001b[31mred"],
    ["delete", "a\u007f"],
    ["line separator", "a\u2028b"],
    ["right-to-left override", "abc\u202egpj.exe"],
    ["isolate", "a\u2066b"],
    ["Arabic letter mark", "a\u061cb"],
    ["zero-width space", "a\u200bb"],
    ["byte order mark", "a\ufeffb"],
    ["lone surrogate", "a\ud800b"],
    ["tag character", "a\u{e0041}b"],
  ])("is refused with a %s in it", (_what, text) => {
    expect(toOneLine(text)).toBeUndefined();
  });

  it.each([
    ["Hangul fillers", "\u3164 \uffa0"],
    ["braille without a dot", "\u2800"],
    ["a soft hyphen", "\u00ad"],
    ["joiners", "\u200d\u200c"],
    ["a variation selector", "\ufe0f"],
    ["marks on nothing", "\u0301\u0302"],
  ])("is empty with nothing to be seen in it: %s", (_what, text) => {
    expect(toOneLine(text)).toBe("");
  });

  it("stays as it is when it is made a line again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        const line = toOneLine(text);
        if (line === undefined) return;
        expect(toOneLine(line)).toBe(line);
        expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]|^\s|\s$|\s\s/u);
      }),
    );
  });
});
