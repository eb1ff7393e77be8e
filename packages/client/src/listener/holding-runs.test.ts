import { describe, expect, it } from "vitest";
import { HoldingRuns } from "./holding-runs.ts";
import { ServerClock } from "./server-clock.ts";

const PACKET = Uint8Array.of(1);

describe("HoldingRuns", () => {
  it("tells of each frame on its way whether it is holding sound", () => {
    const runs = new HoldingRuns();
    const holding = [true, true, false, false, true];
    runs.observe(holding.map((value, number) => ({ number, packet: PACKET, holding: value })));
    expect([0, 1, 2, 3, 4, 5].map((number) => runs.at(number))).toEqual([...holding, true]);
    expect(runs.newest).toBe(true);
  });

  it("isn't confused by a frame that comes again", () => {
    const runs = new HoldingRuns();
    runs.observe([{ number: 9, packet: PACKET, holding: false }]);
    runs.observe([{ number: 5, packet: PACKET, holding: true }]);
    expect(runs.newest).toBe(false);
  });
});

describe("ServerClock", () => {
  it("believes the welcome that was quickest here", () => {
    const clock = new ServerClock();
    expect(clock.atMs(0)).toBeNull();
    clock.observe(10_000, 1_300);
    clock.observe(20_000, 11_020);
    clock.observe(30_000, 21_500);
    expect(clock.atMs(31_000)).toBe(39_980);
  });
});
