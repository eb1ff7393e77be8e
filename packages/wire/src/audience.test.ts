import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asListenerMessage, encodeListenerMessage, isEdgeAudience, REACTIONS } from "./audience.ts";
import { LIMITS } from "./limits.ts";

describe("a listener's message", () => {
  it("comes back as it went", () => {
    for (const emoji of REACTIONS) {
      const message = { type: "reaction", emoji } as const;
      expect(asListenerMessage(JSON.parse(encodeListenerMessage(message)))).toEqual(message);
    }
    expect(asListenerMessage({ type: "present", token: null })).toEqual({
      type: "present",
      token: null,
    });
    expect(asListenerMessage({ type: "heard", more: 1 })).toEqual({ type: "heard" });
    for (const listen of [
      { type: "listen" },
      { type: "listen", from: 258 },
      { type: "listen", from: 0, rendition: "thin", second: true, cadence: 500 },
    ] as const) {
      expect(asListenerMessage(JSON.parse(encodeListenerMessage(listen)))).toEqual(listen);
    }
  });

  it("of any other kind is read over", () => {
    expect(asListenerMessage({ type: "reaction", emoji: "🧨" })).toBeUndefined();
    expect(asListenerMessage({ type: "toString" })).toBeUndefined();
    expect(asListenerMessage({ type: "listen", cadence: 0 })).toEqual({ type: "listen" });
    expect(asListenerMessage({ type: "listen", from: -1 })).toBeUndefined();
    expect(asListenerMessage({ type: "listen", rendition: "loud" })).toBeUndefined();
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(asListenerMessage(value)).toBeUndefined();
      }),
    );
  });

  it("fits its limit with the longest token that control makes", () => {
    const text = encodeListenerMessage({ type: "present", token: "x".repeat(700) });
    expect(Buffer.byteLength(text)).toBeLessThan(LIMITS.listenerMessageBytes);
  });
});

describe("an edge's audience", () => {
  it("has a share that something can be divided by", () => {
    const audience = { pages: 4, heard: { answers: 2, share: 0.5, of: 9 }, hls: null };
    expect(isEdgeAudience(audience)).toBe(true);
    expect(isEdgeAudience({ ...audience, heard: { answers: 2, share: 0, of: 9 } })).toBe(false);
    expect(isEdgeAudience({ ...audience, heard: { answers: 2, share: Number.NaN, of: 9 } })).toBe(
      false,
    );
  });
});
