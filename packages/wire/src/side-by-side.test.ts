import { describe, expect, it } from "vitest";
import { SIDE_BY_SIDE_MS, SideBySide } from "./side-by-side.ts";

/** How late a chunk is, by when it is due, ms; infinity: it never comes. */
type Late = (dueMs: number) => number;

const [IN_TIME, NEVER]: Late[] = [() => 0, () => Number.POSITIVE_INFINITY];
/** Late once, as where a packet is lost. */
const once = (fromMs: number, lateMs: number): Late => {
  return (dueMs) => (dueMs >= fromMs && dueMs < fromMs + 500 ? lateMs : 0);
};

interface Way {
  readonly late: Late;
  readonly cadenceMs?: number;
  /** When the first chunk is due, ms. */
  readonly firstMs?: number;
}

/** @returns whether the former is the better one after all */
function isFormerBetter(former: Way, newer: Way, isFormerAhead = false): boolean {
  const links = new SideBySide(isFormerAhead, 0);
  const came: { atMs: number; tell: () => void }[] = [];
  for (const [isFormer, way] of [[true, former] as const, [false, newer] as const]) {
    const { late, cadenceMs = 100, firstMs = 20 } = way;
    for (let dueMs = firstMs; dueMs < SIDE_BY_SIDE_MS; dueMs += cadenceMs) {
      const atMs = dueMs + late(dueMs);
      // Frame 1,000 ends at 20 ms.
      const [last, frames] = [1_000 + dueMs / 20 - 1, cadenceMs / 20];
      const tell = () => links.arrived(isFormer, last, frames, atMs);
      if (atMs < SIDE_BY_SIDE_MS) came.push({ atMs, tell });
    }
  }
  for (const { tell } of came.sort((a, b) => a.atMs - b.atMs)) tell();
  return links.isFormerBetter(SIDE_BY_SIDE_MS);
}

describe("two links side by side", () => {
  it("keeps the one that had sound first where both are alike", () => {
    const [a, b] = [{ late: IN_TIME }, { late: () => 30 }];
    expect([isFormerBetter(a, b), isFormerBetter(b, a)]).toEqual([false, false]);
    expect([isFormerBetter(a, b, true), isFormerBetter(b, a, true)]).toEqual([true, true]);
  });

  it("prefers neither for how long its chunks are, nor for where they begin", () => {
    const [short, long] = [{ late: IN_TIME }, { late: IN_TIME, cadenceMs: 500, firstMs: 420 }];
    const early = { ...long, firstMs: 60 };
    for (const [former, newer] of [
      [short, long],
      [long, short],
      [early, long],
      [long, early],
    ]) {
      expect(isFormerBetter(former!, newer!)).toBe(false);
      expect(isFormerBetter(former!, newer!, true)).toBe(true);
    }
  });

  it("takes the one that loses no packets, whichever was first", () => {
    const [lossy, good] = [{ late: once(700, 220) }, { late: () => 5 }];
    expect([isFormerBetter(lossy, good, true), isFormerBetter(good, lossy)]).toEqual([false, true]);
  });

  it("counts what hasn't come yet, and who has brought nothing", () => {
    const good = { late: IN_TIME };
    const stuck = { late: (dueMs: number) => (dueMs < 1_500 ? 0 : Number.POSITIVE_INFINITY) };
    expect([isFormerBetter(good, stuck), isFormerBetter(stuck, good, true)]).toEqual([true, false]);
    const dead = { late: NEVER };
    expect([isFormerBetter(good, dead), isFormerBetter(dead, good, true)]).toEqual([true, false]);
  });

  it("says when it has seen enough", () => {
    const links = new SideBySide(false, 1_000);
    expect(links.isOver(1_000 + SIDE_BY_SIDE_MS - 1)).toBe(false);
    expect(links.isOver(1_000 + SIDE_BY_SIDE_MS)).toBe(true);
  });
});
