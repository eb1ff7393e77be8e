import type { Relay } from "@rostra/relay";
import { type Clock, frameNumberAt, type ProgramFrame, type SpaceSnapshot } from "@rostra/wire";
import type { Logger } from "pino";
import { BOUNDS } from "../bounds.ts";
import type { EdgeMetrics } from "../metrics.ts";
import { Arrival } from "./arrival.ts";
import { type BackfillOptions, beginLine, openBack } from "./backfill.ts";
import type { HoldingSound } from "./holding.ts";
import { ProgramLine } from "./line.ts";
import { LineClock } from "./line-clock.ts";
import { Past } from "./past.ts";

export interface ProgramOptions {
  readonly space: SpaceSnapshot;
  readonly relay: Pick<Relay, "history" | "latestFrame">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: EdgeMetrics;
  readonly holding: HoldingSound;
  /** Called whenever the line has grown. */
  readonly onGrown: () => void;
}

/**
 * The program of one space as this edge holds it: the line, and what keeps it whole. Frames may
 * come from several stages and over several paths; here they become one.
 */
export class Program {
  /** What can be handed out: everybody is served from here. */
  readonly line: ProgramLine;
  readonly #options: ProgramOptions;
  readonly #lineClock: LineClock;
  #settledMs = Number.POSITIVE_INFINITY;
  /** What time it is for what is waited for: stands while this process reads what it slept through. */
  #waitedMs = 0;
  #readsUntilMs = 0;
  readonly #backfill: BackfillOptions;
  #hasBegun = false;
  /** That there is something to hand out. */
  readonly #begun: Arrival;
  readonly #past: Past;
  #closed = false;
  #asking = 0;

  constructor(options: ProgramOptions) {
    this.#options = options;
    const { metrics, holding, space } = options;
    this.#lineClock = new LineClock(space.epochMs);
    this.line = new ProgramLine({
      epochMs: space.epochMs,
      holding,
      onHole: (from, to) => void this.#askFor(from, to),
      onFilled: (kind, frames) => metrics.framesFilled.inc({ kind }, frames),
    });
    this.#begun = new Arrival(options.clock, BOUNDS.beginMs);
    this.#past = new Past({ clock: options.clock, load: (from, to) => this.#load(from, to) });
    this.#backfill = {
      ...{ relay: options.relay, clock: options.clock, line: this.line },
      ...{ spaceId: space.id, epochMs: space.epochMs, stopped: () => this.#closed },
    };
    void this.#begin();
  }

  /**
   * Goes on when the line has begun: a moment after its first listener has come, so that this one is
   * met as everybody is.
   * @param from number of the frame that is wanted first, if that isn't the newest: then when it is here,
   * or when nobody has it
   */
  whenBegun(act: () => void, from?: number): void {
    this.#begun.when(() => {
      if (from === undefined) act();
      else this.#past.need(Math.max(from, this.#oldest), act);
    });
  }

  /** What the line may hold at most. */
  get #oldest(): number {
    return Math.max(0, this.newest - BOUNDS.ringFrames + 1);
  }

  /** Nobody listens here any more: what is still on its way isn't needed. */
  close(): void {
    this.#closed = true;
    this.#begun.come();
    this.#past.close();
  }

  /** True while older frames are still being fetched: who resumes waits for them. */
  get loadingPast(): boolean {
    return !this.#hasBegun || this.#past.isLoading;
  }

  /** Number of the newest frame, or what it should be by our own clock before there is one. */
  get newest(): number {
    const { space, clock } = this.#options;
    return this.line.head ?? frameNumberAt(space.epochMs, clock.nowMs());
  }

  /** Takes what a stage has published just now. */
  accept(frames: readonly ProgramFrame[]): void {
    const nowMs = this.#options.clock.nowMs();
    const { framesReceived, framesDuplicate } = this.#options.metrics;
    framesReceived.inc(frames.length);
    for (const frame of frames) {
      this.#lineClock.observe(frame.number, nowMs);
      if (this.line.accept(frame, "live", nowMs) !== "stored") framesDuplicate.inc();
    }
    this.settle(nowMs);
  }

  /** Also called at each beat: time alone makes numbers due. */
  settle(nowMs: number): void {
    const before = this.line.head;
    // Frames that came while the process stood still lie in its sockets, and the timer goes first.
    if (nowMs - this.#settledMs > BOUNDS.stoodStillMs) {
      this.#readsUntilMs = nowMs + BOUNDS.readFirstMs;
    }
    this.#settledMs = nowMs;
    if (nowMs >= this.#readsUntilMs) this.#waitedMs = nowMs;
    this.line.settle(this.#lineClock.lineMs(this.#waitedMs));
    if (this.line.head !== before) this.#options.onGrown();
  }

  /** @param endedAtMs when the space ended, ms since 1970: its last frame follows from it */
  endAt(endedAtMs: number): void {
    this.line.endAt(frameNumberAt(this.#options.space.epochMs, endedAtMs));
  }

  /** Asks once; what doesn't come is made up when its time is over. */
  async #askFor(from: number, to: number): Promise<void> {
    // At the bound the hole is simply made up: sound goes on, and the next hole may be luckier.
    if (this.#asking >= BOUNDS.historyRequests) return;
    const { relay, space, clock, log } = this.#options;
    this.#asking += 1;
    try {
      const frames = await relay.history(space.id, from, to);
      const nowMs = clock.nowMs();
      for (const frame of frames) this.line.accept(frame, "history", nowMs);
      this.settle(nowMs);
    } catch (err) {
      log.warn({ err, space: space.id, from, to }, "the relay gave no answer for missing frames");
    } finally {
      this.#asking -= 1;
    }
  }

  async #begin(): Promise<void> {
    await this.#tried(beginLine(this.#backfill));
    this.#hasBegun = true;
    this.#past.begin(this.line.first!);
    this.settle(this.#options.clock.nowMs());
    this.#begun.come();
  }

  async #load(from: number, to: number): Promise<boolean> {
    const isAnswered = await this.#tried(openBack(this.#backfill, from, to));
    this.#options.onGrown();
    return isAnswered;
  }

  async #tried(asking: Promise<void>): Promise<boolean> {
    const { space, log } = this.#options;
    try {
      await asking;
      return true;
    } catch (err) {
      if (!this.#closed) {
        log.warn({ err, space: space.id }, "the relay gave no past for this space");
      }
      return false;
    }
  }
}
