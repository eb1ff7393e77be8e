import { REACTIONS, type ReactionCounts } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addCounts, OwnPace, particlesFor, reactionOfKey, summaryOf } from "./reactions.ts";

const someCounts: fc.Arbitrary<ReactionCounts> = fc.dictionary(
  fc.constantFrom(...REACTIONS),
  fc.nat(1_000_000),
);

describe("a burst", () => {
  it("is never larger than its room, than an update's share, or than what was sent", () => {
    fc.assert(
      fc.property(someCounts, fc.nat(50), (counts, room) => {
        const drawn = particlesFor(counts, room);
        const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
        expect(drawn.length).toBeLessThanOrEqual(Math.min(room, 5, total));
        if (total > 0 && room > 0) expect(drawn.length).toBeGreaterThan(0);
        for (const emoji of drawn) expect(counts[emoji]).toBeGreaterThan(0);
      }),
    );
  });

  it("shows each kind once before any of them twice", () => {
    expect(new Set(particlesFor({ "👏": 900, "❤️": 1, "🔥": 1 }, 40))).toEqual(
      new Set(["👏", "❤️", "🔥"]),
    );
  });
});

describe("what is told of reactions", () => {
  it("is a sum, the largest first", () => {
    const sum = addCounts({ "👏": 2 }, { "👏": 1_200, "❤️": 3 });
    expect(summaryOf(sum, "en")).toBe("Reactions: 1,202 clapping, 3 heart");
    expect(summaryOf({}, "en")).toBe("");
  });
});

it("one's own reactions are five at once and two a second", () => {
  const pace = new OwnPace();
  const spent = Array.from({ length: 8 }, () => pace.spend(10_000));
  expect(spent.filter(Boolean)).toHaveLength(5);
  expect(pace.spend(10_400)).toBe(false);
  expect(pace.spend(10_900)).toBe(true);
});

it("the keys 1 to 5 react, and no other", () => {
  expect(reactionOfKey("1")).toBe(REACTIONS[0]);
  expect(reactionOfKey("5")).toBe(REACTIONS[4]);
  expect(["0", "6", "11", "a", ""].map(reactionOfKey)).toEqual(Array(5).fill(undefined));
});
