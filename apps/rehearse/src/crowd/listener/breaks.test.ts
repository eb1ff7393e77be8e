import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { Breaks } from "./breaks.ts";

it("lets those go on first who have least sound left, and each of them once", async () => {
  const breaks = new Breaks();
  const wentOn: number[] = [];
  const all = Array.from({ length: 200 }, (_, at) => (at * 73) % 200);
  for (const leftMs of all) breaks.add(leftMs, () => wentOn.push(leftMs));
  expect(wentOn).toEqual([]);
  while (wentOn.length === 0) await nextTurn();
  const first = [...wentOn];
  breaks.add(-1, () => wentOn.push(-1));
  while (wentOn.length < 201) await nextTurn();
  const rest = all.toSorted((a, b) => a - b).slice(first.length);
  expect(wentOn).toEqual([...all.toSorted((a, b) => a - b).slice(0, first.length), -1, ...rest]);
});
