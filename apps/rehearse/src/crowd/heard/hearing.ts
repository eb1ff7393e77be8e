import { setImmediate as nextTurn } from "node:timers/promises";
import { loadOpus, type OpusDecoder } from "@rostra/sound";
import { decodeChunks, LIMITS, type ProgramFrame } from "@rostra/wire";
import type { Target } from "../plan/target.ts";
import { rms } from "./correlation.ts";
import type { Ear } from "./ear.ts";
import { decodeOr, Judge, type Verdict } from "./judge.ts";

/** What another edge may not have yet is left for the next time: frames. */
const SETTLE_FRAMES = 100;
const FETCH_LIMIT_MS = 5_000;

/** The ears of one process: what they heard is compared with what the server says was on air. */
export class Hearing {
  readonly #framesUrl: string;
  readonly #judged: readonly { readonly ear: Ear; readonly judge: Judge }[];
  readonly #decoder: OpusDecoder;

  private constructor(
    target: Target,
    judged: readonly { ear: Ear; judge: Judge }[],
    decoder: OpusDecoder,
  ) {
    this.#framesUrl = `${target.baseUrl}/live/${target.spaceId}/frames`;
    this.#judged = judged;
    this.#decoder = decoder;
  }

  static async open(target: Target, ears: readonly Ear[]): Promise<Hearing> {
    const opus = await loadOpus();
    const judged: { ear: Ear; judge: Judge }[] = [];
    for (const ear of ears) judged.push({ ear, judge: new Judge(ear, await opus.createDecoder()) });
    return new Hearing(target, judged, await opus.createDecoder());
  }

  /**
   * Compares what has come since the last time. One ear at a time, with turns of the event loop
   * between: the crowd must not be late because of those who decode.
   * @param toTheEnd also what came just now
   */
  async compare(toTheEnd: boolean): Promise<void> {
    const newest = Math.max(-1, ...this.#judged.map(({ ear }) => ear.newest));
    const upTo = toTheEnd ? newest : newest - SETTLE_FRAMES;
    const parts = this.#judged.map(({ ear, judge }) => ({ judge, heard: ear.takeUpTo(upTo) }));
    const firsts = parts.flatMap(({ heard }) => (heard[0] === undefined ? [] : [heard[0].number]));
    if (firsts.length === 0) return;
    const program = await this.#program(Math.min(...firsts), upTo);
    const loudness = new Map<number, number>();
    for (const frame of program.values()) {
      loudness.set(frame.number, rms(decodeOr(this.#decoder, frame.packet)));
    }
    for (const { judge, heard } of parts) {
      judge.compare(heard, program, loudness);
      await nextTurn();
    }
  }

  verdicts(): Verdict[] {
    return this.#judged.map(({ judge }) => judge.verdict());
  }

  close(): void {
    for (const { judge } of this.#judged) judge.close();
    this.#decoder.close();
  }

  /** What can't be had stays out: it is counted as not compared. */
  async #program(from: number, to: number): Promise<Map<number, ProgramFrame>> {
    const frames = new Map<number, ProgramFrame>();
    for (let first = from; first <= to; first += LIMITS.framesPerRequest) {
      const last = Math.min(to, first + LIMITS.framesPerRequest - 1);
      for (const frame of await this.#fetch(first, last)) frames.set(frame.number, frame);
    }
    return frames;
  }

  async #fetch(from: number, to: number): Promise<ProgramFrame[]> {
    try {
      const response = await fetch(`${this.#framesUrl}?from=${from}&to=${to}`, {
        signal: AbortSignal.timeout(FETCH_LIMIT_MS),
      });
      if (!response.ok) return [];
      return decodeChunks(new Uint8Array(await response.arrayBuffer()));
    } catch {
      return [];
    }
  }
}
