import { FRAME_MS } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { frame, range, World } from "../../../test/support/player-world.ts";

describe("Player", () => {
  it("plays a steady stream in order, never dry, a cadence and a margin behind", async () => {
    const world = new World();
    await world.live(0, 20_000);
    expect(world.heard).toEqual(range(world.heard[0]!, world.heard.at(-1)!));
    expect(world.underruns).toBe(0);
    expect(world.player.lostFrames).toBe(0);
    expect(world.delayMs).toBeGreaterThan(150);
    expect(world.delayMs).toBeLessThan(300);
    expect(world.rateOver(50, 900)).toBe(1);
  });

  it("lets a newcomer begin near live, not a second behind", async () => {
    const world = new World();
    world.clock.advance(60_000);
    world.player.push(
      range(2_950, 2_999).map((number) => frame(number)),
      false,
    );
    await world.live(60_000, 62_000);
    expect(world.delayMs).toBeLessThan(300);
    expect(world.underruns).toBe(0);
    expect(world.player.lostFrames).toBe(0);
  });

  it("follows an edge that makes longer chunks, without being told", async () => {
    const world = new World();
    await world.live(0, 5_000);
    for (let first = 250; first < 1_750; first += 25) {
      world.arrive(range(first, first + 24), (first + 25) * FRAME_MS + 20);
    }
    await world.run(10_000);
    const settled = world.underruns;
    await world.run(20_000);
    expect(world.underruns).toBe(settled);
    expect(world.heard).toEqual(range(world.heard[0]!, world.heard.at(-1)!));
  });

  it("grows its delay with the jitter, and then stays on", async () => {
    const world = new World();
    const jitter = (first: number) => 20 + ((first * 7_919) % 13) * 25;
    await world.live(0, 10_000, jitter);
    const settled = world.underruns;
    await world.live(10_000, 30_000, jitter);
    expect(world.underruns).toBe(settled);
    expect(world.heard).toEqual(range(world.heard[0]!, world.heard.at(-1)!));
  });

  it("conceals what is missing in time, so that time goes on", async () => {
    const world = new World();
    await world.live(0, 2_000);
    world.arrive([100, 101, 103, 104], 2_120);
    await world.live(2_100, 4_000);
    expect(world.heard).toEqual(range(world.heard[0]!, world.heard.at(-1)!));
    expect(world.player.lostFrames).toBe(1);
    expect(world.underruns).toBe(0);
  });

  it("plays what an outage held up in order, a quarter faster, until live", async () => {
    const world = new World();
    await world.live(0, 5_000);
    // Nothing for thirty seconds; then all of it at once, and live again.
    for (const first of range(0, 299)) {
      world.arrive(range(250 + first * 5, 254 + first * 5), 35_020, false);
    }
    await world.live(35_000, 36_000);
    expect(world.player.behindMs).toBeGreaterThan(28_000);
    await world.live(36_000, 100_000);
    expect(world.rateOver(400, 1_400)).toBeCloseTo(1.25, 2);
    await world.live(100_000, 200_000);
    expect(world.heard).toEqual(range(world.heard[0]!, world.heard.at(-1)!));
    expect(world.player.lostFrames).toBe(0);
    expect(world.delayMs).toBeLessThan(350);
    expect(world.player).toMatchObject({ rate: 1, bufferedMs: expect.any(Number) });
  });

  it("leaves out holding sound to catch up, and calls none of it lost", async () => {
    const world = new World();
    await world.live(0, 5_000);
    const spoken = range(250, 299).map((number) => frame(number));
    const silent = range(300, 399).map((number) => frame(number, true));
    world.clock.after(3_020, () => world.player.push([...spoken, ...silent], false));
    await world.live(8_000, 12_000);
    expect(world.heard).toEqual(expect.arrayContaining(range(250, 299)));
    expect(world.delayMs).toBeLessThan(1_500);
    expect(world.player.lostFrames).toBe(0);
  });

  it("jumps to live when told to, and only then", async () => {
    const world = new World();
    await world.live(0, 5_000);
    for (const first of range(0, 5)) {
      world.arrive(range(250 + first * 250, 499 + first * 250), 35_000 + first, false);
    }
    await world.live(35_000, 37_000);
    const before = world.heard.length;
    world.player.jumpToLive();
    await world.live(37_000, 40_000);
    expect(world.delayMs).toBeLessThan(350);
    expect(world.player.behindMs).toBeLessThan(50);
    const steps = world.heard.slice(1).map((number, index) => number - world.heard[index]!);
    expect(steps.filter((step) => step !== 1)).toHaveLength(1);
    expect(world.heard[before]! - world.heard[before - 1]!).toBeGreaterThan(1_000);
  });

  it("stays as far behind as somebody chose to be, at the speed of speech", async () => {
    const world = new World();
    await world.live(0, 5_000);
    world.stopped = true;
    world.player.hold();
    await world.live(5_000, 25_000);
    world.stopped = false;
    world.player.setFollowing(false);
    world.player.resume();
    const before = world.heard.length;
    await world.live(25_000, 60_000);
    expect(world.player.behindMs).toBeGreaterThan(19_000);
    expect(world.player.behindMs).toBeLessThan(20_500);
    expect(world.rateOver(before, world.heard.length)).toBe(1);
    expect(world.heard).toEqual(range(world.heard[0]!, world.heard.at(-1)!));
    expect(world.underruns).toBe(0);
  });

  it("skips what is missing where it is behind anyway", async () => {
    const world = new World();
    await world.live(0, 3_000);
    // The edge skipped two seconds for a slow link, then went on live.
    await world.live(5_000, 8_000);
    expect(world.delayMs).toBeLessThan(350);
    expect(world.heard).not.toContain(200);
    expect(world.player.lostFrames).toBeGreaterThan(90);
  });

  it("hears nothing twice where everything arrives twice", async () => {
    const world = new World();
    for (let first = 0; first < 500; first += 5) {
      world.arrive(range(first, first + 4), (first + 5) * FRAME_MS + 60);
    }
    await world.live(0, 10_000);
    expect(new Set(world.heard).size).toBe(world.heard.length);
    expect(world.underruns).toBe(0);
  });

  it("plays on where the sound card stood still, and catches up", async () => {
    const world = new World();
    await world.live(0, 3_000);
    world.stopped = true;
    world.player.hold();
    await world.live(3_000, 9_000);
    world.stopped = false;
    world.player.resume();
    await world.live(9_000, 60_000);
    expect(world.heard).toEqual(range(world.heard[0]!, world.heard.at(-1)!));
    expect(world.delayMs).toBeLessThan(350);
    expect(world.player.lostFrames).toBe(0);
  });

  it("plays on through packets that can't be decoded, and says when none can", async () => {
    const world = new World();
    await world.live(0, 2_000);
    world.decodeFails = true;
    await world.live(2_000, 2_300);
    expect(world.player.decoderBroken).toBe(false);
    await world.live(2_300, 4_000);
    expect(world.player.decoderBroken).toBe(true);
    expect(world.heard).toEqual(range(world.heard[0]!, world.heard.at(-1)!));
    expect(world.underruns).toBe(0);
  });
});
