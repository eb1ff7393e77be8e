import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { Display } from "./display.ts";

const LINE = "12 s  200 of 200 listen  no sound";

function written(columns: number | undefined, overwrites: boolean): string {
  const out = Object.assign(new PassThrough(), columns === undefined ? {} : { columns });
  const display = new Display(out, overwrites);
  display.show(LINE);
  display.show(LINE);
  display.say("the end");
  return String(out.read());
}

it("a live line is never longer than the terminal is wide, or it could not be written over", () => {
  const shown = `\r\u001b[2K${LINE.slice(0, 19)}`;
  expect(written(20, true)).toBe(`${shown}${shown}\nthe end\n`);
  expect(written(undefined, true)).toContain(LINE);
});

it("in a file each line stands whole, on its own", () => {
  expect(written(20, false)).toBe(`${LINE}\n${LINE}\nthe end\n`);
});
