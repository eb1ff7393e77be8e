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

  it("goes first where a link waits already, and to no more places for that", () => {
    const tiers = [live("a", 9), live("b", 9), live("c", 9)];
    expect(secondPlaces(tiers, isA, () => 0, { standsAt: "c" })).toEqual(["c", "b"]);
    expect(secondPlaces(tiers, isA, () => 0, { standsAt: "gone" })).toEqual(["gone", "b"]);
    expect(secondPlaces([live("a", 9), live("b", 0)], isA, () => 0, { standsAt: "b" })).toEqual([
      "b",
    ]);
  });

  it("goes nowhere where a link has just come to nothing, and not to the first one's address for that", () => {
    const isGone = (url: string) => url === "b";
    const tiers = [live("a", 9), live("b", 9), live("c", 9)];
    expect(secondPlaces(tiers, isA, () => 0, { isGone })).toEqual(["c"]);
    expect(secondPlaces(tiers.slice(0, 2), isA, () => 0, { isGone })).toEqual([]);
  });

  it("remembers one answer more than the last, and a minute's: an edge may have lost sight of the others", () => {
    const known = new KnownPlaces();
    const urls = () => known.tiers.map(({ url }) => url);
    known.add([live("a", 9), live("b", 9)], 0);
    known.add([live("a", 1)], 300_000);
    expect(urls()).toEqual(["a", "b"]);
    expect(known.tiers[0]!.spare).toBe(1);
    known.add([live("a", 1)], 600_000);
    expect(urls()).toEqual(["a"]);
    known.add([live("b", 2)], 610_000);
    for (let nowMs = 611_000; nowMs <= 670_000; nowMs += 1_000) known.add([live("a", 1)], nowMs);
    expect(urls()).toEqual(["a", "b"]);
    known.add([live("a", 1)], 671_000);
    expect(urls()).toEqual(["a"]);
  });

  it("rests no longer for having been right", () => {
    const pace = new SecondLinkPace();
    for (let nowMs = 0; nowMs < 50_000; nowMs += 10_000) {
      pace.begin(nowMs, 1);
      expect(pace.fromMs(nowMs) - nowMs).toBe(1_000);
      pace.won();
      pace.heard();
    }
  });

  it("rests half as much longer for having been refused", () => {
    const pace = new SecondLinkPace();
    const rests = [1_000, 1_414, 2_000].map((restMs) => {
      pace.begin(0, 1);
      pace.refused();
      pace.heard();
      return pace.fromMs(restMs - 100);
    });
    expect(rests.map(Math.floor)).toEqual([1_000, 1_414, 2_000]);
  });

  it("insists where a link is late again within seconds, unless it was left or all were silent", () => {
    const pace = new SecondLinkPace();
    const rows = [0, 5_000, 20_000].map((nowMs) => {
      pace.begin(nowMs, 0);
      const { insists } = pace;
      pace.heard();
      return insists;
    });
    expect(rows).toEqual([false, true, false]);
    pace.begin(25_000, 0);
    pace.begin(26_000, 0);
    expect(pace.insists).toBe(false);
    pace.won();
    pace.heard();
    pace.begin(27_000, 0);
    expect(pace.insists).toBe(false);
  });

  it("insists where the first link was late with voices and then has holding sound, until voices come", () => {
    const pace = new SecondLinkPace();
    pace.heard(false);
    pace.begin(0, 0);
    expect([pace.turns(false), pace.turns(true)]).toEqual([false, true]);
    pace.heard(true);
    expect([pace.insists, pace.turns(true)]).toEqual([true, false]);
    pace.heard(true);
    expect(pace.insists).toBe(true);
    pace.heard(false);
    expect(pace.insists).toBe(false);
    // Everybody is muted: nothing was late.
    pace.heard(true);
    expect(pace.insists).toBe(false);
    pace.begin(20_000, 0);
    pace.heard(true);
    expect(pace.insists).toBe(false);
  });

  it("asks at once, and insists, where holding sound comes after voices as late as an edge fills in", () => {
    const pace = new SecondLinkPace();
    const heard = (isHolding: boolean, lateMs: number) => [
      pace.heard(isHolding, lateMs),
      pace.insists,
    ];
    expect(heard(false, 300)).toEqual([false, false]);
    expect(heard(true, 249)).toEqual([false, false]);
    expect(heard(true, 300)).toEqual([false, false]);
    expect(heard(false, 0)).toEqual([false, false]);
    expect(heard(true, 250)).toEqual([true, true]);
    pace.begin(0, 0);
    expect(heard(true, 300)).toEqual([false, true]);
    expect(heard(false, 0)).toEqual([false, false]);
    // It has asked already.
    pace.begin(1_000, 0);
    expect(heard(true, 300)).toEqual([false, true]);
  });

  it("goes as one who returns from the second row of one silence on", () => {
    const pace = new SecondLinkPace();
    const rows = [0, 1, 2].map((row) => {
      if (row === 2) pace.heard();
      pace.begin(row * 1_000, 0);
      return pace.isReturn;
    });
    expect(rows).toEqual([false, true, false]);
  });

  it("rests for longer after each refusal in one silence, which says that all are silent", () => {
    const pace = new SecondLinkPace();
    const rests = [0, 0, 0].map(() => {
      pace.begin(0, 1);
      pace.refused();
      return pace.fromMs(0);
    });
    expect(rests).toEqual([1_000, 2_000, 4_000]);
  });

  it("doesn't rest beside a link that is dead, but for the first row of tries", () => {
    const pace = new SecondLinkPace();
    for (let row = 0; row < 6; row += 1) pace.begin(0, 1);
    pace.heard();
    expect(pace.fromMs(200)).toBe(550);
    pace.begin(550, 1);
    expect(pace.fromMs(200)).toBeGreaterThan(30_000);
    // Where it rests for less than that, it waits for less.
    const fresh = new SecondLinkPace();
    fresh.begin(0, 0);
    fresh.heard();
    expect(fresh.fromMs(300)).toBe(500);
    expect(fresh.fromMs(900)).toBe(900);
  });

  it("rests yet less where a link waits: before its edge fills in what no stage sends", () => {
    const pace = new SecondLinkPace();
    const rests = [1, 2, 3, 4, 5, 6].map(() => {
      pace.begin(0, 1);
      pace.heard();
      return pace.fromMs(0, true);
    });
    expect(rests).toEqual([50, 100, 100, 100, 100, 100]);
    pace.begin(0, 1);
    expect(pace.fromMs(0, true)).toBeGreaterThan(30_000);
  });

  it("rests twice as long after each time in vain, a minute at most, until all has been calm", () => {
    const pace = new SecondLinkPace();
    let nowMs = 0;
    const rests = Array.from({ length: 8 }, () => {
      pace.begin(nowMs, 0);
      const restMs = pace.fromMs(nowMs) - nowMs;
      nowMs += restMs;
      return restMs;
    });
    expect(rests).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    nowMs += 60_000;
    pace.heard();
    pace.begin(nowMs, 1);
    expect(pace.fromMs(nowMs) - nowMs).toBe(1_000);
  });
});
