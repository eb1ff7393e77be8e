import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { problemFrom } from "../../problem.ts";
import { askRefusalWith, judge } from "./refusal.ts";

describe("judge", () => {
  it("takes 426 for what it is: the address is right", () => {
    expect(judge(426, null, null)).toEqual({ kind: "none" });
  });

  it("knows an ended space, and a space that never was", () => {
    expect(judge(410, null, null)).toEqual({ kind: "ended" });
    expect(judge(404, null, null)).toMatchObject({ kind: "final", error: { code: "not-found" } });
  });

  it("keeps the server's words", () => {
    const body = {
      type: "urn:rostra:problem:not-found",
      title: "Not found",
      detail: "no such space",
    };
    expect(judge(404, null, body)).toMatchObject({ error: { detail: "no such space" } });
  });

  it("comes back later where that is asked, though not after hours", () => {
    expect(judge(503, 2_000, null)).toEqual({ kind: "later", afterMs: 2_000 });
    expect(judge(503, 7_200_000, null)).toEqual({ kind: "later", afterMs: 60_000 });
  });

  it("sees no refusal in trouble that may pass", () => {
    for (const status of [200, 409, 500, 502]) expect(judge(status, null, null).kind).toBe("none");
  });
});

describe("askRefusalWith", () => {
  it("sees no refusal where nobody answers", async () => {
    const ask = askRefusalWith(async () => {
      throw new TypeError("network");
    });
    expect(await ask("https://example.org/live/x")).toEqual({ kind: "none" });
  });
});

describe("problemFrom", () => {
  it("makes a problem of anything that a server may answer", () => {
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 599 }), fc.jsonValue(), (status, body) => {
        const problem = problemFrom(status, body);
        expect(problem.status).toBe(status);
        expect(problem.detail.length).toBeGreaterThan(0);
        expect(problem.type).toMatch(/./);
      }),
    );
  });
});
