import type { Relay } from "@rostra/relay";
import {
  type Cancel,
  type Channels,
  type Clock,
  FRAME_MS,
  frameNumberAt,
  NO_ACTIVITY,
  type PathQuality,
  type ProgramFrame,
  type SpaceId,
  type SpaceSnapshot,
  STATE_KEYS,
  type StageGuard,
  type VoiceLevel,
} from "@rostra/wire";
import type { Logger } from "pino";
import type { FeedPacket } from "../encode/return-feeds.ts";
import type { StageEncoders } from "../encode/stage-encoders.ts";
import type { StageMetrics } from "../metrics.ts";
import type { Speaker } from "../speaker/speaker.ts";
import { FrameClock } from "./frame-clock.ts";
import { type HoldingSound, heldFrame } from "./holding.ts";
import type { Program } from "./program.ts";

export interface ProgramHost {
  readonly relay: Relay;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: StageMetrics;
  readonly holding: HoldingSound;
  /** Speakers who connected before the program began. */
  speakersOf(spaceId: SpaceId): readonly Speaker[];
  /** Sends a tick's packets to the speakers. */
  sendFeeds(number: number, feeds: readonly FeedPacket[]): void;
  /** Ends the session of a speaker whose sound could not be made. */
  dropSpeaker(speaker: Speaker, error: unknown): void;
  /** Delivers what a guard noticed: to the hosts, and to the member that it is about. */
  onGuard?(spaceId: SpaceId, news: StageGuard): void;
}

/** Activity is looked at this often and published where it changed: 10 Hz at most. */
const ACTIVITY_EVERY_FRAMES = 5;
/** One log line for so many failed ticks: they come in floods. */
const LOG_EVERY_FAILURES = 250;

/**
 * The first frame of a program: where the clock stands, but never a number that was already used.
 * A stage that comes back after a crash goes on with the line.
 */
export async function firstFrame(host: ProgramHost, snapshot: SpaceSnapshot): Promise<number> {
  const { relay, clock, log } = host;
  let latest: number | undefined;
  try {
    latest = await relay.latestFrame(snapshot.id);
  } catch (error) {
    log.warn({ err: error, space: snapshot.id }, "the relay doesn't tell the latest frame");
  }
  return Math.max(frameNumberAt(snapshot.epochMs, clock.nowMs()), (latest ?? -1) + 1);
}

/** A program with its clock: ticks, publishes, tells who speaks. Owns the program. */
export class RunningProgram {
  readonly #host: ProgramHost;
  readonly #program: Program;
  readonly #frames: FrameClock;
  #cancelTimer: Cancel = () => {};
  #publishedActivity = JSON.stringify(NO_ACTIVITY);
  #failures = 0;
  #stopped = false;

  constructor(host: ProgramHost, program: Program, first: number) {
    this.#host = host;
    this.#program = program;
    this.#frames = new FrameClock(program.snapshot.epochMs, first);
    this.#schedule();
  }

  update(snapshot: SpaceSnapshot): void {
    this.#program.update(snapshot);
  }

  get channels(): Channels {
    return this.#program.channels;
  }

  /** Goes on with other encoders; see {@link Program.refit}. */
  refit(encoders: StageEncoders): void {
    this.#program.refit(encoders);
  }

  add(speaker: Speaker): void {
    this.#program.add(speaker);
  }

  remove(speaker: Speaker): void {
    this.#program.remove(speaker);
  }

  /** How loud each voice arrives; the stage socket asks. */
  stageLevels(): VoiceLevel[] {
    return this.#program.stageLevels(this.#host.clock.nowMs());
  }

  /** How well each speaker's packets come through; the stage socket asks. */
  stageQuality(): PathQuality[] {
    return this.#program.stageQuality(this.#host.clock.nowMs());
  }

  /**
   * When a packet that is here now may have arrived, at the earliest: in time for the next frame,
   * even where that frame is late, since it will still be part of it. So a pause of this process
   * isn't taken for jitter of the network.
   */
  arrivalMs(): number {
    return Math.min(this.#host.clock.nowMs(), this.#frames.nextMs);
  }

  #schedule(): void {
    const { clock } = this.#host;
    const delayMs = Math.max(0, this.#frames.nextMs - clock.nowMs());
    this.#cancelTimer = clock.after(delayMs, () => this.#wake());
  }

  #wake(): void {
    const { clock } = this.#host;
    if (clock.nowMs() - this.#frames.nextMs < FRAME_MS) this.#makeDue();
    // Late: packets may have waited as long as we did. They go first, then the frames they are for.
    else this.#cancelTimer = clock.after(0, () => this.#makeDue());
  }

  #makeDue(): void {
    const { clock, metrics } = this.#host;
    const due = this.#frames.take(clock.nowMs());
    if (due.count > 1 || due.skipped > 0) metrics.lateTicks.inc();
    if (due.skipped > 0) metrics.skippedFrames.inc(due.skipped);
    for (let number = due.first; number < due.first + due.count; number += 1) this.#tick(number);
    if (!this.#stopped) this.#schedule();
  }

  #tick(number: number): void {
    const { relay, metrics, clock } = this.#host;
    const startMs = clock.nowMs();
    relay.publishFrames(this.#program.snapshot.id, [this.#make(number)]);
    metrics.frames.inc();
    if (number % ACTIVITY_EVERY_FRAMES === 0) this.#publishActivity(startMs);
    metrics.tickSeconds.observe((clock.nowMs() - startMs) / 1000);
  }

  /** Whatever goes wrong in the mix, the audience gets a frame. */
  #make(number: number): ProgramFrame {
    const { holding, metrics, log } = this.#host;
    try {
      const { frame, feeds, broken } = this.#program.tick(number);
      this.#host.sendFeeds(number, feeds);
      for (const { speaker, error } of broken) this.#host.dropSpeaker(speaker, error);
      return frame;
    } catch (error) {
      metrics.failedTicks.inc();
      if (this.#failures % LOG_EVERY_FAILURES === 0) {
        log.error({ err: error, space: this.#program.snapshot.id, number }, "a tick failed");
      }
      this.#failures += 1;
      return heldFrame(holding, number);
    }
  }

  #publishActivity(nowMs: number): void {
    const activity = this.#program.activity(nowMs);
    const asText = JSON.stringify(activity);
    if (asText === this.#publishedActivity) return;
    this.#publishedActivity = asText;
    const key = STATE_KEYS.activity(this.#program.snapshot.id);
    this.#host.relay.put(key, activity, { ephemeral: true });
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelTimer();
    this.#program.close();
    this.#host.relay.put(STATE_KEYS.activity(this.#program.snapshot.id), undefined);
  }
}
