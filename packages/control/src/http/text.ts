/** A keyword of our schemas: the string is one line of plain, visible text. */
export const ONE_LINE_KEYWORD = "x-one-line";

// Control characters, line and paragraph separators, and what reorders or hides the text around it
// (bidi controls, zero-width space, word joiner, BOM, tag characters). Joiners (U+200C, U+200D)
// stay: Persian and emoji need them.
const REFUSED =
  /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u{e0000}-\u{e007f}]/u;
const WHITE_SPACE = /[\p{Zs}\t\r\n]+/gu;
// What leaves no mark on a screen: fillers and the like (Unicode's own list), marks without a letter, and
// the braille pattern without a dot. A name of these alone would be somebody without a name.
const UNSEEN = /^[\p{Default_Ignorable_Code_Point}\p{M}\p{Zs}\u2800]*$/u;
/** Marks on one letter: no script has more, and dozens of them cover the lines above and below. */
const MOST_MARKS = /(\p{Mn}{4})\p{Mn}+/gu;

/**
 * One line of text from outside: white space trimmed and runs of it collapsed, in NFC; empty where
 * there is nothing in it to be seen.
 * @returns undefined where the text holds characters that a name or title may not have
 */
export function toOneLine(text: string): string | undefined {
  const line = text.replace(WHITE_SPACE, " ").trim().normalize("NFC").replace(MOST_MARKS, "$1");
  if (REFUSED.test(line)) return undefined;
  return UNSEEN.test(line) ? "" : line;
}
