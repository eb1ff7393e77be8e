import { newSpaceId } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { ownPlaces } from "./own-edges.ts";

const edges = (count: number, spare: number | null = 18_000) =>
  Array.from({ length: count }, (_, at) => ({ base: `https://edge-${at}`, spare }));
const basesOf = (places: readonly { base: string }[]) => places.map(({ base }) => base);

describe("where a space's listeners are to be", () => {
  it("is the same two edges, whoever is asked, and others for other spaces", () => {
    const id = newSpaceId();
    const own = basesOf(ownPlaces(id, edges(20), 0));
    expect(own).toHaveLength(2);
    expect(basesOf(ownPlaces(id, edges(20).reverse(), 10))).toEqual(own);
    const follows = new Map<string, number>();
    for (let at = 0; at < 2_000; at += 1) {
      for (const base of basesOf(ownPlaces(newSpaceId(), edges(20), 0))) {
        follows.set(base, (follows.get(base) ?? 0) + 1);
      }
    }
    // 200 are each one's share.
    expect(follows.size).toBe(20);
    expect(Math.min(...follows.values())).toBeGreaterThan(130);
    expect(Math.max(...follows.values())).toBeLessThan(270);
  });

  it("grows with the audience, by places that come in addition", () => {
    const id = newSpaceId();
    const own = (spare: number, count: number) => basesOf(ownPlaces(id, edges(20, spare), count));
    expect(own(18_000, 1_000)).toHaveLength(4);
    expect(own(18_000, 1_000).slice(0, 2)).toEqual(own(18_000, 0));
    // Where each has little room: four times as much as there are listeners.
    expect(own(1_000, 1_000)).toHaveLength(6);
    expect(own(18_000, 1_000_000)).toHaveLength(20);
  });

  it("is where there is room, and stays where another edge goes", () => {
    const id = newSpaceId();
    const [first, second] = basesOf(ownPlaces(id, edges(20), 0));
    const without = edges(20).filter(({ base }) => base !== first);
    expect(basesOf(ownPlaces(id, without, 0))[0]).toBe(second);
    const full = edges(20).map((it) => (it.base === second ? { ...it, spare: 0 } : it));
    expect(basesOf(ownPlaces(id, full, 0))).not.toContain(second);
    expect(ownPlaces(id, edges(20, 100), 0)).toHaveLength(20);
    expect(ownPlaces(id, edges(20, null), 0)).toHaveLength(2);
    expect(ownPlaces(id, edges(3, 0), 0)).toEqual([]);
  });
});
