import { VirtualClock } from "@rostra/testkit";
import { FRAME_MS, FRAME_SAMPLES, type ProgramFrame } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import type { FrameDecoder } from "../decoder/decoder.ts";
import { Player } from "./player.ts";
import { SampleLine } from "./sample-line.ts";

const TICK_MS = 10;
const TICK_SAMPLES = 480;
const REPORT_TICKS = 10;

function frame(number: number, holding = false): ProgramFrame {
  return { number, packet: Uint8Array.of(1), holding };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** A listener's player with a sound card, on a virtual clock. Frame n is spoken at n * 20 ms. */
class World {
  readonly clock = new VirtualClock(0);
  readonly line = new SampleLine(48_000, 48_000);
  /** Numbers in the order in which they were handed to the sound card. */
  readonly heard: number[] = [];
  readonly rates: number[] = [];
  readonly player: Player;
  decodeFails = false;
  underruns = 0;
  playedFrame: number | null = null;
  #ticks = 0;

  constructor() {
    const decoder: FrameDecoder = {
      decode: async () => {
        if (this.decodeFails) throw new DOMException("broken", "EncodingError");
        return new Float32Array(FRAME_SAMPLES);
      },
      close: () => {},
    };
    const sink = {
      push: (pcm: Float32Array, number: number | null) => {
        if (number !== null) this.heard.push(number);
        this.line.push(pcm, number);
      },
      setRate: (rate: number) => {
        this.rates.push(rate);
        this.line.setRate(rate);
      },
    };
    this.player = new Player({ clock: this.clock, decoder, sink, cadenceMs: 100 });
  }

  /** @param lateMs how long after its last frame was spoken each chunk arrives */
  async live(
    fromMs: number,
    toMs: number,
    lateMs: (first: number) => number = () => 20,
  ): Promise<void> {
    for (let atMs = fromMs; atMs < toMs; atMs += 100) {
      const first = atMs / FRAME_MS;
      this.arrive(range(first, first + 4), atMs + 100 + lateMs(first));
    }
    await this.run(toMs - this.clock.nowMs());
  }

  arrive(numbers: readonly number[], atMs: number): void {
    this.clock.after(atMs - this.clock.nowMs(), () =>
      this.player.push(
        numbers.map((n) => frame(n)),
        true,
      ),
    );
  }

  async run(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= TICK_MS) {
      this.clock.advance(TICK_MS);
      // Decoding takes a few turns of the microtask queue.
      for (let turn = 0; turn < 20; turn += 1) await null;
      this.line.pull(new Float32Array(TICK_SAMPLES));
      this.#ticks += 1;
      if (this.#ticks % REPORT_TICKS === 0) this.#report();
    }
  }

  #report(): void {
    const report = this.line.report();
    this.underruns = report.underruns;
    this.playedFrame = report.playedFrame;
    this.player.onReport(report);
  }

  /** How long ago the frame that plays now was spoken. */
  get delayMs(): number {
    return this.clock.nowMs() - (this.playedFrame ?? 0) * FRAME_MS;
  }
}

describe("Player", () => {
  it("plays a steady stream in order, never dry, a cadence and a margin behind", async () => {
    const world = new World();
    await world.live(0, 20_000);
    expect(world.heard).toEqual(range(world.heard[0]!, world.heard.at(-1)!));
    expect(world.underruns).toBe(0);
    expect(world.player.lostFrames).toBe(0);
    expect(world.delayMs).toBeGreaterThan(150);
    expect(world.delayMs).toBeLessThan(300);
    expect(world.rates).toEqual([]);
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

  it("plays what an outage held up in order, then catches up a little faster", async () => {
    const world = new World();
    await world.live(0, 5_000);
    // Nothing for three seconds; then all of it at once, and live again.
    for (const first of range(0, 29)) world.arrive(range(250 + first * 5, 254 + first * 5), 8_020);
    await world.live(8_000, 9_000);
    expect(world.delayMs).toBeGreaterThan(2_000);
    await world.live(9_000, 90_000);
    expect(world.heard).toEqual(range(world.heard[0]!, world.heard.at(-1)!));
    expect(world.player.lostFrames).toBe(0);
    expect(Math.max(...world.rates)).toBe(1.05);
    expect(world.delayMs).toBeLessThan(350);
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

  it("jumps to live after more than ten seconds away, and says what that cost", async () => {
    const world = new World();
    await world.live(0, 5_000);
    for (const first of range(0, 5)) {
      world.arrive(range(250 + first * 250, 499 + first * 250), 35_000 + first);
    }
    await world.live(35_000, 40_000);
    expect(world.delayMs).toBeLessThan(1_500);
    expect(world.player.lostFrames).toBeGreaterThan(1_300);
    const steps = world.heard.slice(1).map((number, index) => number - world.heard[index]!);
    expect(Math.min(...steps)).toBe(1);
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

  it("begins anew at live after the sound card stood still", async () => {
    const world = new World();
    await world.live(0, 3_000);
    world.player.hold();
    await world.live(3_000, 9_000);
    world.line.clear();
    world.player.resume();
    await world.live(9_000, 12_000);
    expect(world.delayMs).toBeLessThan(300);
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
