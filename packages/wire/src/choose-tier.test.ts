import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseTier, pickWeighted } from "./choose-tier.ts";
import type { ListenTier } from "./listen.ts";

const live = (url: string, spare: number): ListenTier => ({
  tier: "live",
  url,
  protocol: "websocket",
  spare,
});
const hls = (url: string, spare: number | null): ListenTier => ({
  tier: "hls",
  url,
  protocol: "hls",
  spare,
});

describe("choosing a tier", () => {
  it("spreads a crowd as there is room", () => {
    const tiers = [live("a", 300), live("b", 100)];
    const chosen = Array.from({ length: 400 }, (_, at) => chooseTier(tiers, at / 400)?.url);
    expect(chosen.filter((url) => url === "a")).toHaveLength(300);
    expect(chosen.filter((url) => url === "b")).toHaveLength(100);
  });

  it("takes HLS only where no live one has room", () => {
    expect(chooseTier([live("a", 1), hls("cdn", null)], 0.99)?.url).toBe("a");
    expect(chooseTier([live("a", 0), hls("cdn", null)], 0.99)?.url).toBe("cdn");
  });

  it("says so where nobody has room", () => {
    expect(chooseTier([], 0)).toBeUndefined();
    expect(chooseTier([live("a", 0), hls("b", 0)], 0.5)).toBeUndefined();
  });

  it("never picks what weighs nothing", () => {
    const weights = fc.array(fc.nat(1_000));
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(weights, random, (items, at) => {
        const picked = pickWeighted(items, (weight) => weight, at);
        if (items.some((weight) => weight > 0)) expect(picked).toBeGreaterThan(0);
        else expect(picked).toBeUndefined();
      }),
    );
  });
});
