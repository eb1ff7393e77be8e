import { type Cancel, type Clock, FRAME_MS, type ProgramFrame, type SpaceId } from "@rostra/wire";
import type { Unsubscribe } from "../relay.ts";
import type { Bus } from "./bus.ts";

/** What was there within this, ms, lay in the sockets: reading may begin a little earlier next time. */
const AT_ONCE_MS = 2;
const EARLIER_MS = 1;
/** A frame that had to be waited for comes as punctually next time, give or take this, ms. */
const LATER_MS = 4;

export interface ReadingTurnsOptions {
  readonly clock: Clock;
  readonly buses: readonly Pick<Bus, "rest">[];
}

/**
 * When a process that lets frames wait for each other reads what its buses bring: from when a frame with the
 * phase's number is due until it has come, of one space, the leader, whose turn it is for all. So the process
 * wakes up for all of them once, by numbers, as one that a hub gathers for (`embedded/frame-gatherer.ts`); here
 * they wait in the sockets. Who has asked something reads on until it's answered.
 */
export class ReadingTurns {
  /**
   * Time in which somebody could have been heard: it stands while nothing is read, and what was to come
   * meanwhile comes a frame after. By it a stage's silence is judged.
   */
  readonly listening: Clock;
  readonly #options: ReadingTurnsOptions;
  #withinMs = 0;
  #phase = 0;
  #leader: SpaceId | undefined;
  /** Reads since then, ms. */
  #sinceMs: number;
  /** Rests since then, ms; undefined: it reads. */
  #restsSinceMs: number | undefined;
  #restedMs = 0;
  /** For how long it rests, ms, and the leader's newest number so far. */
  #restMs = 0;
  #newest = 0;
  #asking = 0;
  #cancel: Cancel = () => {};
  #waiting: (() => void)[] = [];

  constructor(options: ReadingTurnsOptions) {
    this.#options = options;
    this.#sinceMs = options.clock.nowMs();
    this.listening = {
      nowMs: () => (this.#restsSinceMs ?? options.clock.nowMs()) - this.#restedMs,
      after: (delayMs, callback) => this.#after(delayMs, callback),
    };
  }

  /** @see Relay.gatherFrames */
  gather(withinMs: number, phase: number): void {
    [this.#withinMs, this.#phase] = [withinMs, phase];
    this.#read();
  }

  /** Frames have been handed out. */
  came(spaceId: SpaceId, frames: readonly ProgramFrame[]): void {
    if (this.#withinMs < 2 * FRAME_MS || this.#asking > 0) return;
    const newest = frames.at(-1)!.number;
    if (this.#restsSinceMs !== undefined) {
      if (spaceId === this.#leader) this.#wakeEarlier(newest);
      return;
    }
    const nowMs = this.#options.clock.nowMs();
    if (this.#isTurn(spaceId, frames, nowMs)) this.#rest(newest, nowMs);
  }

  /** An answer is waited for. @returns to be called when it has come */
  hurry(): Unsubscribe {
    this.#asking += 1;
    this.#read();
    let isOver = false;
    return () => {
      if (!isOver) this.#asking -= 1;
      isOver = true;
    };
  }

  close(): void {
    this.#withinMs = 0;
    this.#read();
  }

  #isTurn(spaceId: SpaceId, frames: readonly ProgramFrame[], nowMs: number): boolean {
    // Its leader has fallen silent, or leaves that number out: another goes on.
    if (nowMs - this.#sinceMs >= this.#withinMs) this.#leader = spaceId;
    this.#leader ??= spaceId;
    if (spaceId !== this.#leader) return false;
    const length = Math.floor(this.#withinMs / FRAME_MS);
    return frames.some(({ number }) => number % length === this.#phase % length);
  }

  /** What was read together with this is still handed out. */
  #rest(newest: number, nowMs: number): void {
    const wasThere = nowMs - this.#sinceMs <= AT_ONCE_MS;
    const fromMs = wasThere ? this.#sinceMs - EARLIER_MS : nowMs + LATER_MS;
    this.#restsSinceMs = nowMs;
    this.#newest = newest;
    this.#restMs = Math.min(fromMs - nowMs, LATER_MS) + this.#withinMs;
    for (const bus of this.#options.buses) bus.rest(true);
    this.#wakeLater();
  }

  /** Later frames lay in the sockets, too: the turn's own had waited there for as long as these took to be made. */
  #wakeEarlier(newest: number): void {
    if (newest <= this.#newest) return;
    this.#restMs -= (newest - this.#newest) * FRAME_MS;
    this.#newest = newest;
    this.#wakeLater();
  }

  #wakeLater(): void {
    this.#cancel();
    this.#cancel = this.#options.clock.after(Math.max(0, this.#restMs), () => this.#read());
  }

  #read(): void {
    if (this.#restsSinceMs === undefined) return;
    const { clock, buses } = this.#options;
    this.#cancel();
    this.#sinceMs = clock.nowMs();
    this.#restedMs += this.#sinceMs - this.#restsSinceMs;
    this.#restsSinceMs = undefined;
    for (const bus of buses) bus.rest(false);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) clock.after(FRAME_MS, callback);
  }

  #after(delayMs: number, callback: () => void): Cancel {
    let isOff = false;
    const act = () => {
      if (isOff) return;
      if (this.#restsSinceMs === undefined) callback();
      else this.#waiting.push(act);
    };
    const cancel = this.#options.clock.after(delayMs, act);
    return () => {
      isOff = true;
      cancel();
    };
  }
}
