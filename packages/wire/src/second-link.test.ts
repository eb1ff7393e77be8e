import { describe, expect, it } from "vitest";
import type { ListenTier } from "./listen.ts";
import { KnownPlaces, SecondLinkPace, secondPlaces } from "./second-link.ts";

const live = (url: string, spare: number): ListenTier => {
  return { tier: "live", url, protocol: "websocket", spare };
};
const HLS: ListenTier = { tier: "hls", url: "h", protocol: "hls", spare: null };
const isA = (url: string) => url === "a";

describe("a second link", () => {
  it("goes to other edges that have room, each once, at most three of them", () => {
    const tiers = [live("a", 9), live("b", 9), live("full", 0), live("c", 9), HLS];
    expect(secondPlaces(tiers, isA, () => 0)).toEqual(["b", "c"]);
    expect(secondPlaces(tiers, isA, () => 0.9)).toEqual(["c", "b"]);
    const many = ["a", "b", "c", "d", "e", "f"].map((url) => live(url, 1));
    expect(new Set(secondPlaces(many, isA, Math.random)).size).toBe(3);
  });

  it("goes nowhere where the others are full, and twice to the one address that all share", () => {
    expect(secondPlaces([live("a", 9), live("b", 0)], isA, () => 0)).toEqual([]);
    expect(secondPlaces([live("a", 9), HLS], isA, () => 0)).toEqual([undefined, undefined]);
    expect(secondPlaces([], isA, () => 0)).toEqual([undefined, undefined]);
  });

  it("remembers one answer more than the last: an edge may have lost sight of the others", () => {
    const known = new KnownPlaces();
    const urls = () => known.tiers.map(({ url }) => url);
    known.add([live("a", 9), live("b", 9)]);
    known.add([live("a", 1)]);
    expect(urls()).toEqual(["a", "b"]);
    expect(known.tiers[0]!.spare).toBe(1);
    known.add([live("a", 1)]);
    expect(urls()).toEqual(["a"]);
  });

  it("rests no longer for having been right", () => {
    const pace = new SecondLinkPace();
    for (let nowMs = 0; nowMs < 50_000; nowMs += 10_000) {
      pace.begin(nowMs, 1);
      expect(pace.notBeforeMs - nowMs).toBe(1_000);
      pace.won();
    }
  });

  it("rests twice as long after each time in vain, a minute at most, until all has been calm", () => {
    const pace = new SecondLinkPace();
    let nowMs = 0;
    const rests = Array.from({ length: 8 }, () => {
      pace.begin(nowMs, 0);
      const restMs = pace.notBeforeMs - nowMs;
      nowMs = pace.notBeforeMs;
      return restMs;
    });
    expect(rests).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    nowMs += 60_000;
    pace.begin(nowMs, 1);
    expect(pace.notBeforeMs - nowMs).toBe(1_000);
  });
});
