import { TimeStretcher } from "@rostra/sound";
import { VirtualClock } from "@rostra/testkit";
import { FRAME_MS, FRAME_SAMPLES, type ProgramFrame } from "@rostra/wire";
import type { FrameDecoder, Planes } from "../../src/listener/decoder/decoder.ts";
import { Player } from "../../src/listener/playout/player.ts";
import { SampleLine } from "../../src/listener/playout/sample-line.ts";

const TICK_MS = 10;
const TICK_SAMPLES = 480;
const REPORT_TICKS = 10;

export function frame(number: number, holding = false): ProgramFrame {
  return { number, packet: Uint8Array.of(1), holding };
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** A listener's player with a sound card, on a virtual clock. Frame n is spoken at n * 20 ms. */
export class World {
  readonly clock = new VirtualClock(0);
  readonly line = new SampleLine(48_000, 48_000);
  /** Numbers in the order in which they were handed to the sound card. */
  readonly heard: number[] = [];
  /** Samples as they came to be played, by the number that they were handed over with. */
  readonly lengths: number[] = [];
  readonly player: Player;
  decodeFails = false;
  /** The sound card stands still. */
  stopped = false;
  underruns = 0;
  playedFrame: number | null = null;
  #ticks = 0;

  constructor() {
    const decoder: FrameDecoder = {
      decode: async () => {
        if (this.decodeFails) throw new DOMException("broken", "EncodingError");
        return [new Float32Array(FRAME_SAMPLES)];
      },
      close: () => {},
    };
    const sink = {
      push: ([pcm]: Planes, number: number | null) => {
        if (pcm === undefined) return;
        if (number !== null) {
          this.heard.push(number);
          this.lengths.push(pcm.length);
        }
        this.line.push(pcm, number);
      },
      clear: () => this.line.clear(),
    };
    const openStretcher = async () => new TimeStretcher();
    this.player = new Player({ clock: this.clock, decoder, sink, openStretcher, cadenceMs: 100 });
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

  arrive(numbers: readonly number[], atMs: number, live = true): void {
    this.clock.after(atMs - this.clock.nowMs(), () =>
      this.player.push(
        numbers.map((n) => frame(n)),
        live,
      ),
    );
  }

  async run(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= TICK_MS) {
      this.clock.advance(TICK_MS);
      // Decoding takes a few turns of the microtask queue.
      for (let turn = 0; turn < 20; turn += 1) await null;
      if (this.stopped) continue;
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

  /** Speed of what was handed over from the n-th frame on, on average. */
  rateOver(from: number, to: number): number {
    const samples = this.lengths.slice(from, to).reduce((sum, length) => sum + length, 0);
    return ((to - from) * FRAME_SAMPLES) / samples;
  }

  /** How long ago the frame that plays now was spoken. */
  get delayMs(): number {
    return this.clock.nowMs() - (this.playedFrame ?? 0) * FRAME_MS;
  }
}
