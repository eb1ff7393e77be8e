import { describe, expect, it } from "vitest";
import { UplinkError } from "../../errors.ts";
import type { UplinkConnection } from "../state.ts";
import { isReplaced, pairState, planWays, type WayView } from "./plan.ts";

function way(
  stage: string,
  connection: UplinkConnection,
  error: UplinkError | null = null,
): WayView {
  return { stage, connection, error };
}

const REFUSED = new UplinkError("refused", "no");

describe("the ways to a space's stages", () => {
  it("begin with the first stage, and the second waits until that stands", () => {
    expect(planWays(["a", "b"], [], "a", false)).toEqual({ open: ["a"], close: [] });
    expect(planWays(["a", "b"], [way("a", "connecting")], "a", false).open).toEqual([]);
    expect(planWays(["a", "b"], [way("a", "connected")], "a", false).open).toEqual(["b"]);
  });

  it("don't wait for a first stage that fails, or takes too long", () => {
    expect(planWays(["a", "b"], [way("a", "failed", REFUSED)], "a", false).open).toEqual(["b"]);
    expect(planWays(["a", "b"], [way("a", "connecting")], "a", true).open).toEqual(["b"]);
  });

  it("are kept by name when the second becomes the first", () => {
    const ways = [way("a", "reconnecting"), way("b", "connected")];
    expect(planWays(["b", "c"], ways, "a", true)).toEqual({ open: ["c"], close: ["a"] });
    expect(planWays(["b", "a"], ways, "a", true)).toEqual({ open: [], close: [] });
  });

  it("are left only when another is heard, or when they don't work", () => {
    const both = [way("a", "connected"), way("b", "connected")];
    expect(planWays(["b"], both, "a", true).close).toEqual([]);
    expect(planWays(["b"], both, "b", true).close).toEqual(["a"]);
    const broken = [way("a", "reconnecting")];
    expect(planWays(["b"], broken, "a", true)).toEqual({ open: ["b"], close: ["a"] });
  });
});

describe("the state shown", () => {
  it("is connected while either way works, without a word of the other's error", () => {
    const ways = [way("a", "reconnecting", REFUSED), way("b", "connected")];
    expect(pairState(ways, 2, true)).toEqual({
      connection: "connected",
      error: null,
      redundant: false,
    });
    expect(pairState([way("a", "connected"), way("b", "connected")], 2, true).redundant).toBe(true);
    expect(pairState([way("a", "failed", REFUSED), way("b", "connected")], 2, false)).toMatchObject(
      {
        connection: "connected",
        error: null,
      },
    );
  });

  it("is reconnecting when none works, connecting before any did", () => {
    const ways = [way("a", "reconnecting"), way("b", "connecting")];
    expect(pairState(ways, 2, true).connection).toBe("reconnecting");
    expect(pairState(ways, 2, false).connection).toBe("connecting");
  });

  it("is a refusal only when every stage has refused", () => {
    const refusal = way("a", "failed", REFUSED);
    expect(pairState([refusal], 2, false).connection).toBe("connecting");
    expect(pairState([refusal, way("b", "connecting")], 2, false).connection).toBe("connecting");
    expect(pairState([refusal, way("b", "failed", REFUSED)], 2, false)).toEqual({
      connection: "failed",
      error: REFUSED,
      redundant: false,
    });
    expect(pairState([refusal], 1, false).connection).toBe("failed");
  });

  it("knows a person who joined from another page", () => {
    expect(isReplaced(way("a", "closed", new UplinkError("replaced", "elsewhere")))).toBe(true);
    expect(isReplaced(way("a", "closed"))).toBe(false);
    expect(isReplaced(way("a", "failed", REFUSED))).toBe(false);
  });
});
