import type { Progress } from "../process/message.ts";
import { Histogram } from "./histogram.ts";
import { totalOf } from "./tally.ts";

/** One second of the whole crowd. Rates are those of this second. */
export interface Second {
  readonly second: number;
  readonly listening: number;
  /** Links in waiting that stand. */
  readonly standingBy: number;
  /** Who got a first sound. */
  readonly joined: number;
  readonly closed: number;
  readonly again: number;
  readonly chunks: number;
  readonly bytes: number;
  /** The longest that a steady listener had been waiting for more sound, ms. */
  readonly silenceMs: number;
  /** The longest silence at the ear of a player with the SDK's buffering, ms. */
  readonly stallMs: number;
  readonly skippedFrames: number;
  readonly repeatedFrames: number;
  /** By the frame number; undefined where no chunk came. */
  readonly delayMs:
    | { readonly p50: number; readonly p99: number; readonly max: number }
    | undefined;
}

interface Sums {
  heard: number;
  closed: number;
  again: number;
  chunks: number;
  bytes: number;
  skippedFrames: number;
  repeatedFrames: number;
}

interface Open {
  reports: number;
  listening: number;
  standingBy: number;
  silenceMs: number;
  stallMs: number;
  readonly sums: Sums;
  readonly delayMs: Histogram;
}

const NONE: Sums = {
  heard: 0,
  closed: 0,
  again: 0,
  chunks: 0,
  bytes: 0,
  skippedFrames: 0,
  repeatedFrames: 0,
};

/** Puts together what each process says of each second, once all have said it. */
export class Timeline {
  readonly seconds: Second[] = [];
  readonly #processes: number;
  readonly #open = new Map<number, Open>();
  #before: Sums = NONE;

  constructor(processes: number) {
    this.#processes = processes;
  }

  /** @returns the second that this completed, if it did */
  add(progress: Progress): Second | undefined {
    let open = this.#open.get(progress.second);
    if (open === undefined) {
      open = {
        reports: 0,
        listening: 0,
        standingBy: 0,
        silenceMs: 0,
        stallMs: 0,
        sums: { ...NONE },
        delayMs: new Histogram(),
      };
      this.#open.set(progress.second, open);
    }
    open.reports += 1;
    open.listening += progress.listening;
    open.standingBy += progress.standingBy;
    open.silenceMs = Math.max(open.silenceMs, progress.silenceMs);
    open.stallMs = Math.max(open.stallMs, progress.stallMs);
    open.delayMs.merge(progress.delayMs);
    for (const group of Object.values(progress.groups)) {
      open.sums.heard += group.heard;
      open.sums.closed += totalOf(group.closed);
      open.sums.again += totalOf(group.again);
      open.sums.chunks += group.chunks;
      open.sums.bytes += group.bytes;
      open.sums.skippedFrames += group.skippedFrames;
      open.sums.repeatedFrames += group.repeatedFrames;
    }
    if (open.reports < this.#processes) return undefined;
    this.#open.delete(progress.second);
    return this.#finish(progress.second, open);
  }

  #finish(second: number, open: Open): Second {
    const { sums, listening, standingBy, silenceMs, stallMs, delayMs } = open;
    const before = this.#before;
    this.#before = sums;
    const [p50, p99] = [delayMs.percentile(0.5), delayMs.percentile(0.99)];
    const finished: Second = {
      second,
      listening,
      standingBy,
      joined: sums.heard - before.heard,
      closed: sums.closed - before.closed,
      again: sums.again - before.again,
      chunks: sums.chunks - before.chunks,
      bytes: sums.bytes - before.bytes,
      silenceMs,
      stallMs,
      skippedFrames: sums.skippedFrames - before.skippedFrames,
      repeatedFrames: sums.repeatedFrames - before.repeatedFrames,
      delayMs: p50 === undefined || p99 === undefined ? undefined : { p50, p99, max: delayMs.max },
    };
    this.seconds.push(finished);
    return finished;
  }
}
