import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readStats } from "./rtc-stats.ts";

describe("readStats", () => {
  it("reads round trip, loss and what came in", () => {
    expect(
      readStats([
        { type: "inbound-rtp", packetsReceived: 250 },
        { type: "candidate-pair", nominated: false, currentRoundTripTime: 9 },
        { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.0234 },
        { type: "remote-inbound-rtp", fractionLost: 0.02 },
      ]),
    ).toEqual({ packetsReceived: 250, rttMs: 23, packetLoss: 0.02 });
  });

  it("makes do with whatever a browser reports", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (entries) => {
        const { packetsReceived } = readStats(entries);
        expect(Number.isFinite(packetsReceived)).toBe(true);
      }),
    );
  });
});
