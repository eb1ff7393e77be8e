import { describe, expect, it } from "vitest";
import { estimateHeard, HeardWindow, shareToAsk } from "./heard.ts";

/** A stream of chance that is the same each time (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Edges whose players pick themselves, as pages do. */
function ask(heardByEdge: readonly number[], of: number, share: number, random: () => number) {
  return heardByEdge.map((heard) => {
    let answers = 0;
    for (let at = 0; at < heard; at += 1) if (random() < share) answers += 1;
    return { answers, share, of };
  });
}

describe("the share of players that are asked", () => {
  it("is all of a small crowd, and about 300 of a large one", () => {
    expect(shareToAsk(0)).toBe(1);
    expect(shareToAsk(400)).toBe(1);
    for (const pages of [401, 5_000, 72_000, 1_000_000]) {
      const answers = shareToAsk(pages) * pages;
      expect(answers).toBeGreaterThan(299);
      expect(answers).toBeLessThan(301);
    }
  });
});

describe("the heard count", () => {
  it("is exact where all were asked", () => {
    const samples = [
      { answers: 2, share: 1, of: 2 },
      { answers: 1, share: 1, of: 1 },
    ];
    expect(estimateHeard(samples)).toEqual({ heard: 3, heardError: 0, heardOf: 3 });
    expect(estimateHeard([{ answers: 0, share: 1, of: 5 }])).toMatchObject({
      heard: 0,
      heardError: 0,
    });
  });

  it("has the truth within its interval 95 times in 100", () => {
    const random = chance(7);
    const truth = [9_000, 400, 5_600];
    const pages = 20_000;
    let inside = 0;
    const rounds = 400;
    for (let round = 0; round < rounds; round += 1) {
      const { heard, heardError } = estimateHeard(ask(truth, 9_000, shareToAsk(pages), random));
      if (Math.abs(heard - 15_000) <= heardError) inside += 1;
    }
    // 380 are due; 362 is four standard deviations below.
    expect(inside).toBeGreaterThan(362);
    expect(inside).toBeLessThan(398);
  });

  it("says how many may have heard where nobody answered", () => {
    expect(estimateHeard([{ answers: 0, share: 0.01, of: 30_000 }])).toEqual({
      heard: 0,
      heardError: 299,
      heardOf: 30_000,
    });
  });

  it("is never above the number of players, whatever is answered", () => {
    expect(estimateHeard([{ answers: 900, share: 0.5, of: 1_000 }]).heard).toBe(1_000);
  });
});

describe("a window of the heard count", () => {
  it("gives the answers that came in it, with the share that was asked for then", () => {
    const window = new HeardWindow();
    expect(window.next({ share: 1, of: 3 }, 0)).toBeNull();
    window.answer();
    window.answer();
    expect(window.isOver(9_999)).toBe(false);
    expect(window.isOver(10_000)).toBe(true);
    expect(window.next(undefined, 10_000)).toEqual({ answers: 2, share: 1, of: 3 });
    expect(window.next({ share: 1, of: 3 }, 20_000)).toBeNull();
  });
});
