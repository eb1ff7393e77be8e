import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KnownEdge } from "./edge-loads.ts";
import { judge, MAX_HOPS, type NewcomerKind, type Situation } from "./verdict.ts";

function edge(name: string, spare: number): KnownEdge {
  const load = {
    url: `http://${name}`,
    hlsUrl: null,
    listeners: 0,
    mark: spare,
    utilisation: 0,
    cadenceMs: 100,
    joinsPerSecond: 0,
    accepts: spare > 0,
    hlsSpare: 0,
  };
  return { name, load, spare };
}

const FULL: Situation = { kind: "websocket", hop: 0, room: false, others: [], hls: false };

describe("a newcomer", () => {
  it("comes in where there is room, whatever others have", () => {
    expect(judge({ ...FULL, room: true, others: [edge("b", 9)], hls: true }, 0)).toEqual({
      kind: "in",
    });
  });

  it("goes to an edge by its spare places, never to one without", () => {
    const others = [edge("full", 0), edge("b", 300), edge("c", 100)];
    const names = Array.from({ length: 400 }, (_, at) => {
      const verdict = judge({ ...FULL, others }, at / 400);
      return verdict.kind === "edge" ? verdict.edge.name : verdict.kind;
    });
    expect(names.filter((name) => name === "b")).toHaveLength(300);
    expect(names.filter((name) => name === "c")).toHaveLength(100);
  });

  it("goes to HLS when no edge has room, unless it wants room events alone", () => {
    expect(judge({ ...FULL, hls: true }, 0).kind).toBe("hls");
    expect(judge({ ...FULL, kind: "events", hls: true }, 0).kind).toBe("full");
  });

  it("is refused only where there is nothing at all, or it was sent on too often", () => {
    const kinds = fc.constantFrom<NewcomerKind>("websocket", "events", "ogg", "aac");
    const situation = fc.record({
      kind: kinds,
      hop: fc.nat(5),
      room: fc.boolean(),
      others: fc.array(fc.nat(3).map((spare) => edge("x", spare))),
      hls: fc.boolean(),
    });
    fc.assert(
      fc.property(
        situation,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (it, at) => {
          const verdict = judge(it, at);
          const elsewhere = it.others.some(({ spare }) => spare > 0) && it.hop < MAX_HOPS;
          const hls = it.hls && it.kind !== "events";
          expect(verdict.kind === "full").toBe(!it.room && !elsewhere && !hls);
          if (verdict.kind === "edge") expect(verdict.edge.spare).toBeGreaterThan(0);
        },
      ),
    );
  });
});
