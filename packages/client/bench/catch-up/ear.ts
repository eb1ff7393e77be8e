import { loadOpus, TimeStretcher } from "@rostra/sound";
import { type Clock, type ProgramFrame, SAMPLE_RATE_HZ } from "@rostra/wire";
import { Player } from "../../src/listener/playout/player.ts";
import { SampleLine } from "../../src/listener/playout/sample-line.ts";

const TICK_MS = 10;
const REPORT_TICKS = 10;
const CADENCE_MS = 100;

/** One of the sample: decodes and plays with the SDK's own player, into nothing. */
export class Ear {
  /** Numbers whose sound was handed over, in that order. */
  readonly played: number[] = [];
  readonly #holding = new Set<number>();
  readonly #player: Player;
  readonly #line = new SampleLine(SAMPLE_RATE_HZ, SAMPLE_RATE_HZ);
  readonly #timer: NodeJS.Timeout;
  readonly #fromMs: number;
  readonly #clock: Clock;
  #ticks = 0;

  private constructor(clock: Clock, player: (line: SampleLine, played: number[]) => Player) {
    this.#clock = clock;
    this.#player = player(this.#line, this.played);
    this.#fromMs = clock.nowMs();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  static async open(clock: Clock): Promise<Ear> {
    const decoder = await (await loadOpus()).createDecoder();
    return new Ear(
      clock,
      (line, played) =>
        new Player({
          clock,
          decoder: {
            decode: async (packet) => [decoder.decode(packet)],
            close: () => decoder.close(),
          },
          sink: {
            push: ([pcm], frame) => {
              if (frame !== null) played.push(frame);
              if (pcm !== undefined) line.push(pcm, frame);
            },
            clear: () => line.clear(),
          },
          openStretcher: async () => new TimeStretcher(),
          cadenceMs: CADENCE_MS,
        }),
    );
  }

  /** Frames that it had to make up, or to leave out. */
  get lostFrames(): number {
    return this.#player.lostFrames;
  }

  get behindMs(): number {
    return this.#player.behindMs;
  }

  /** Frames played out of order or twice, and places where one with a voice in it was left out. */
  get wrongSteps(): number {
    let wrong = 0;
    for (const [i, number] of this.played.entries()) {
      if (i === 0) continue;
      let next = this.played[i - 1]! + 1;
      // Holding sound may be left out to catch up: nobody is heard in it.
      while (next < number && this.#holding.has(next)) next += 1;
      if (next !== number) wrong += 1;
    }
    return wrong;
  }

  push(frames: readonly ProgramFrame[], live: boolean): void {
    for (const { number, holding } of frames) if (holding) this.#holding.add(number);
    this.#player.push(frames, live);
  }

  setCadence(cadenceMs: number, fromFrame?: number): void {
    this.#player.setCadence(cadenceMs, fromFrame);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#player.close();
  }

  /** As a sound card would: as many samples as time has passed. */
  #tick(): void {
    const due = Math.floor((this.#clock.nowMs() - this.#fromMs) / TICK_MS);
    for (; this.#ticks < due; this.#ticks += 1) {
      this.#line.pull(new Float32Array((SAMPLE_RATE_HZ / 1_000) * TICK_MS));
      if (this.#ticks % REPORT_TICKS === 0) this.#player.onReport(this.#line.report());
    }
  }
}
