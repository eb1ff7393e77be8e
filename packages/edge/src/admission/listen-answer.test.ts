import { testSpace } from "@rostra/testkit";
import { chooseTier, type EdgeLoad, isListenAnswer, MAX_TIERS } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ListenFacts, makeListenAnswer } from "./listen-answer.ts";

const LOAD: EdgeLoad = {
  url: null,
  hlsUrl: null,
  listeners: 0,
  mark: 100,
  utilisation: 0,
  cadenceMs: 100,
  joinsPerSecond: 0,
  accepts: true,
  hlsSpare: 0,
};
const edge = (spare: number, changes: Partial<EdgeLoad> = {}) => ({
  load: { ...LOAD, ...changes },
  spare,
});
const facts = (edges: ListenFacts["edges"]): ListenFacts => ({
  space: testSpace({ state: "live" }),
  ownUrl: "https://a",
  edges,
  listeners: 0,
  retryAfterMs: 5_000,
  random: () => 0.5,
});

describe("where to listen", () => {
  it("leaves out who has no room, and edges that nobody knows how to reach", () => {
    const { tiers } = makeListenAnswer(
      facts([edge(5, { url: "https://a" }), edge(0, { url: "https://b" }), edge(9)]),
    );
    expect(tiers.map(({ url }) => url.slice(0, 9))).toEqual(["https://a"]);
  });

  it("takes a CDN in front of several edges for one", () => {
    const behind = { hlsUrl: "https://cdn", hlsSpare: null };
    const { tiers } = makeListenAnswer(
      facts([edge(0, { url: "https://a", ...behind }), edge(0, { url: "https://b", ...behind })]),
    );
    expect(tiers).toMatchObject([{ tier: "hls", spare: null }]);
  });

  it("is always one that clients read, bounded, and with a way to go or a time to ask again", () => {
    const edges = fc.array(
      fc.record({
        spare: fc.nat(100),
        url: fc.option(fc.nat(40).map((at) => `https://edge-${at}`)),
        hlsSpare: fc.option(fc.nat(10)),
      }),
      { maxLength: 60 },
    );
    const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(edges, draw, (list, random) => {
        const known = list.map(({ spare, ...load }) => edge(spare, load));
        const answer = makeListenAnswer({ ...facts(known), random: () => random });
        expect(isListenAnswer(answer)).toBe(true);
        expect(answer.tiers.length).toBeLessThanOrEqual(MAX_TIERS);
        const goes = chooseTier(answer.tiers, random) !== undefined;
        expect(goes).toBe(answer.tiers.length > 0);
        expect(answer.clip === null).toBe(goes);
        expect(answer.retryAfterMs === null).toBe(goes);
      }),
    );
  });
});
