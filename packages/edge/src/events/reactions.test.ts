import { REACTIONS, type ReactionCounts } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newReactionBudget, ReactionSums, reactionsSince, spendReaction } from "./reactions.ts";

const [HEART, CLAP] = REACTIONS;

describe("sums of reactions", () => {
  it("are shown once, and told to others as totals", () => {
    const sums = new ReactionSums();
    sums.add(HEART);
    sums.add(HEART);
    sums.add(CLAP);
    expect(sums.takeUnshown()).toEqual({ [HEART]: 2, [CLAP]: 1 });
    expect(sums.takeUnshown()).toBeUndefined();
    expect(sums.takeUntold()).toEqual({ [HEART]: 2, [CLAP]: 1 });
    expect(sums.takeUntold()).toBeUndefined();
    sums.add(CLAP);
    expect(sums.takeUntold()).toEqual({ [HEART]: 2, [CLAP]: 2 });
  });

  it("begin anew with an edge that does", () => {
    expect(reactionsSince(undefined, { [HEART]: 9 })).toEqual({ [HEART]: 9 });
    expect(reactionsSince({ [HEART]: 9 }, { [HEART]: 11, [CLAP]: 1 })).toEqual({
      [HEART]: 2,
      [CLAP]: 1,
    });
    expect(reactionsSince({ [HEART]: 9 }, { [HEART]: 2 })).toEqual({ [HEART]: 2 });
  });

  it("come to the same on every edge, however updates are put together", () => {
    const act = fc.record({
      edge: fc.nat(2),
      emoji: fc.constantFrom(...REACTIONS),
      tell: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(act), (acts) => {
        const edges = [new ReactionSums(), new ReactionSums(), new ReactionSums()];
        const shown = edges.map(() => new Map<string, number>());
        const known: ReactionCounts[] = [{}, {}, {}];
        const tell = (from: number) => {
          const totals = edges[from]!.takeUntold();
          if (totals === undefined) return;
          const since = reactionsSince(known[from], totals);
          known[from] = totals;
          for (const [at, edge] of edges.entries()) if (at !== from) edge.addElsewhere(since);
        };
        const look = () => {
          for (const [at, edge] of edges.entries()) {
            for (const [emoji, n] of Object.entries(edge.takeUnshown() ?? {})) {
              shown[at]!.set(emoji, (shown[at]!.get(emoji) ?? 0) + n);
            }
          }
        };
        const truth = new Map<string, number>();
        for (const { edge, emoji, tell: now } of acts) {
          edges[edge]!.add(emoji);
          truth.set(emoji, (truth.get(emoji) ?? 0) + 1);
          if (now) tell(edge);
          if (now) look();
        }
        for (const at of edges.keys()) tell(at);
        look();
        for (const each of shown) expect(each).toEqual(truth);
      }),
    );
  });
});

describe("one listener's reactions", () => {
  it("are five at once and two a second, however fast they come", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), { maxLength: 200 }), (gaps) => {
        const budget = newReactionBudget(0);
        let nowMs = 0;
        let passed = 0;
        for (const gap of gaps) {
          nowMs += gap;
          if (spendReaction(budget, nowMs)) passed += 1;
        }
        expect(passed).toBeLessThanOrEqual(5 + (nowMs * 2) / 1000);
        expect(passed).toBeGreaterThanOrEqual(Math.min(gaps.length, 5));
      }),
    );
  });
});
