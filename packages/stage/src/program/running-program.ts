import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  type Cancel,
  type Channels,
  type Clock,
  FRAME_MS,
  FRAMES_PER_SECOND,
  frameNumberAt,
  NO_ACTIVITY,
  type PathQuality,
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
import { FENCE_AFTER_MS, type Fence } from "./fence.ts";
import { FrameClock } from "./frame-clock.ts";
import { type HoldingSound, heldFrame } from "./holding.ts";
import type { Program, TickOutput } from "./program.ts";
import { ASKING_FRAME, type SpaceLine } from "./space-line.ts";
import type { StagePairs, StagePart } from "./stage-pairs.ts";
import { TimingWriter } from "./timing-writer.ts";

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

/** What a program owns, and what it shares with the others of its stage. */
export interface RunningParts {
  readonly program: Program;
  /** The space's time. */
  readonly line: SpaceLine;
  /** Shared. */
  readonly pairs: StagePairs;
  /** Shared. */
  readonly fence: Fence;
}

/** Activity and timing are looked at this often and published where they changed: 10 Hz at most. */
const NEWS_EVERY_FRAMES = 5;
/** Where nobody has been connected for this long, frames are made and sent five at a time. */
const DROWSY_AFTER_FRAMES = 10 * FRAMES_PER_SECOND;
const DROWSY_FRAMES = 5;
/** One log line for so many failed ticks: they come in floods. */
const LOG_EVERY_FAILURES = 250;

/**
 * The first frame of a program: where the clock stands, but never a number that was already used.
 * A stage that comes back after a crash goes on with the line.
 */
export async function firstFrame(
  { relay, log }: ProgramHost,
  snapshot: SpaceSnapshot,
  line: SpaceLine,
): Promise<number> {
  let latest: number | undefined;
  try {
    latest = await relay.latestFrame(snapshot.id);
  } catch (error) {
    log.warn({ err: error, space: snapshot.id }, "the relay doesn't tell the latest frame");
  }
  return Math.max(frameNumberAt(snapshot.epochMs, line.nowMs()), (latest ?? -1) + 1);
}

/** A program with its clock: ticks, publishes, tells who speaks. Owns the program and its line. */
export class RunningProgram {
  readonly #host: ProgramHost;
  readonly #parts: RunningParts;
  readonly #program: Program;
  readonly #frames: FrameClock;
  /** Of voices, as the first and as the second. */
  readonly #timing: TimingWriter;
  readonly #wishes: TimingWriter;
  #cancelTimer: Cancel = () => {};
  /** As JSON; null: not ours to say, not said yet, or not what stands any more. */
  #publishedActivity: string | null = null;
  readonly #unwatchActivity: Unsubscribe;
  #part: StagePart | undefined;
  #failures = 0;
  /** Number of the last frame that was made while somebody was connected. */
  #lastPeopled: number;
  #stopped = false;

  constructor(host: ProgramHost, parts: RunningParts, first: number) {
    this.#host = host;
    this.#parts = parts;
    this.#program = parts.program;
    this.#timing = new TimingWriter(host.relay, "first");
    this.#wishes = new TimingWriter(host.relay, "second");
    this.#frames = new FrameClock(parts.program.snapshot.epochMs, first);
    this.#lastPeopled = first;
    parts.line.onTiming((part, timing) => {
      if (part === "first" && timing?.frame === ASKING_FRAME) this.#timing.forget();
      this.#program.heed(part, timing);
    });
    this.#takePart();
    // By whoever ran the program before.
    let isSaid = false;
    this.#unwatchActivity = host.relay.watch(this.#activityKey, (_, value) => {
      isSaid ||= value !== undefined;
      this.#noteActivity(value);
    });
    // Where nothing was said, nobody waits to hear that nobody is there.
    if (!isSaid) this.#publishedActivity = JSON.stringify(NO_ACTIVITY);
    this.#schedule();
  }

  get #activityKey(): string {
    return STATE_KEYS.activity(this.#program.snapshot.id);
  }

  /**
   * What the second has said meanwhile goes with the second, and what was said before that isn't there any more: a
   * host who sits on stage in silence would count as away, and the space end. The first says it again; the second has
   * nothing to say against the first.
   */
  #noteActivity(value: unknown): void {
    const isOther = value !== undefined && JSON.stringify(value) !== this.#publishedActivity;
    if (value === undefined || (isOther && !this.#isSecond)) this.#publishedActivity = null;
  }

  update(snapshot: SpaceSnapshot): void {
    const { secondStageName } = this.#program.snapshot;
    this.#program.update(snapshot);
    this.#takePart();
    if (snapshot.secondStageName === secondStageName) return;
    this.#parts.line.forgetOther();
    this.#timing.forget();
    this.#wishes.forget();
  }

  /** First or second: whose time it goes by. */
  #takePart(): void {
    const { pairs, line } = this.#parts;
    const { snapshot } = this.#program;
    const part = pairs.partIn(snapshot) ?? "first";
    line.take(part, snapshot.term);
    if (part === this.#part) return;
    const { secondSpaces, promotions } = this.#host.metrics;
    if (part === "second") secondSpaces.inc();
    else if (this.#part === "second") {
      secondSpaces.dec();
      promotions.inc();
    }
    this.#part = part;
  }

  get #isSecond(): boolean {
    return this.#part === "second";
  }

  get channels(): Channels {
    return this.#program.channels;
  }

  /** Goes on with other encoders; see {@link Program.refit}. */
  refit(encoders: StageEncoders): void {
    this.#program.refit(encoders);
  }

  add(speaker: Speaker): void {
    const wasDrowsy = this.#isDrowsy;
    this.#program.add(speaker);
    if (!wasDrowsy || this.#stopped) return;
    this.#cancelTimer();
    this.#lastPeopled = this.#frames.next;
    this.#makeDue(DROWSY_FRAMES);
  }

  /** Nobody's voice can be late, and many spaces are silent: timers and messages are what they cost. */
  get #isDrowsy(): boolean {
    return this.#program.isEmpty && this.#frames.next - this.#lastPeopled > DROWSY_AFTER_FRAMES;
  }

  /** How many frames are made at one time. */
  get #pace(): number {
    return this.#isDrowsy ? DROWSY_FRAMES : 1;
  }

  /** When the next of them are to be made, by the space's time. */
  get #wakeMs(): number {
    return this.#frames.nextMs + (this.#pace - 1) * FRAME_MS;
  }

  remove(speaker: Speaker): void {
    this.#program.remove(speaker);
  }

  /** How loud each voice arrives; the stage socket asks. */
  stageLevels(): VoiceLevel[] {
    return this.#program.stageLevels(this.#parts.line.nowMs());
  }

  /** How well each speaker's packets come through; the stage socket asks. */
  stageQuality(): PathQuality[] {
    return this.#program.stageQuality(this.#parts.line.nowMs());
  }

  /**
   * When a packet that is here now may have arrived, at the earliest, by the space's time: in time for
   * the next frame, even where that frame is late, since it will still be part of it. So a pause of
   * this process isn't taken for jitter of the network.
   */
  arrivalMs(): number {
    return Math.min(this.#parts.line.nowMs(), this.#frames.nextMs);
  }

  /** And at the latest: now, by the space's time. */
  nowMs(): number {
    return this.#parts.line.nowMs();
  }

  #schedule(): void {
    const delayMs = Math.max(0, this.#wakeMs - this.#parts.line.nowMs());
    this.#cancelTimer = this.#host.clock.after(delayMs, () => this.#wake());
  }

  #wake(): void {
    const lateMs = this.#parts.line.nowMs() - this.#wakeMs;
    if (lateMs < FRAME_MS) this.#makeDue();
    else if (lateMs > FENCE_AFTER_MS) void this.#listenFirst(lateMs);
    // Late: packets may have waited as long as we did. They go first, then the frames they are for.
    else this.#cancelTimer = this.#host.clock.after(0, () => this.#makeDue());
  }

  async #listenFirst(lateMs: number): Promise<void> {
    this.#host.metrics.stalls.inc();
    await this.#parts.fence.lift(lateMs);
    if (!this.#stopped) this.#makeDue();
  }

  /** @param pace how many frames are made at one time; more than that are late */
  #makeDue(pace = this.#pace): void {
    const { metrics } = this.#host;
    const due = this.#frames.take(this.#parts.line.nowMs());
    if (due.count > pace || due.skipped > 0) metrics.lateTicks.inc();
    if (due.skipped > 0) metrics.skippedFrames.inc(due.skipped);
    for (let number = due.first; number < due.first + due.count; number += pace) {
      this.#tick(number, Math.min(pace, due.first + due.count - number));
    }
    if (!this.#stopped) this.#schedule();
  }

  #tick(first: number, count: number): void {
    const { relay, metrics, clock } = this.#host;
    const startMs = clock.nowMs();
    const { id, term = 0 } = this.#program.snapshot;
    const numbers = Array.from({ length: count }, (_, at) => first + at);
    const made = numbers.map((number) => this.#make(number));
    const frames = made.map(({ frame }) => frame);
    const voices = made.at(-1)?.voices;
    relay.publishFrames(id, frames, { term, second: this.#isSecond, voices });
    metrics.frames.inc(count);
    if (!this.#program.isEmpty) this.#lastPeopled = first;
    const told = numbers.find((number) => number % NEWS_EVERY_FRAMES === 0);
    if (told !== undefined) this.#tellNews(told);
    metrics.tickSeconds.observe((clock.nowMs() - startMs) / 1000);
  }

  /** Whatever goes wrong in the mix, the audience gets a frame. */
  #make(number: number): Pick<TickOutput, "frame" | "voices"> {
    const { holding, metrics, log } = this.#host;
    try {
      const { frame, feeds, broken, voices } = this.#program.tick(number);
      this.#host.sendFeeds(number, feeds);
      for (const { speaker, error } of broken) this.#host.dropSpeaker(speaker, error);
      return { frame, voices };
    } catch (error) {
      metrics.failedTicks.inc();
      if (this.#failures % LOG_EVERY_FAILURES === 0) {
        log.error({ err: error, space: this.#program.snapshot.id, number }, "a tick failed");
      }
      this.#failures += 1;
      return { frame: heldFrame(holding, number), voices: 0 };
    }
  }

  #tellNews(number: number): void {
    const { snapshot } = this.#program;
    const nowMs = this.#parts.line.nowMs();
    if (this.#parts.pairs.leads(snapshot)) this.#publishActivity(nowMs);
    else this.#publishedActivity = null;
    if (snapshot.secondStageName === undefined) return;
    this.#parts.line.look();
    const next = number + 1;
    const voices = this.#isSecond ? this.#program.ownPlaces(next) : this.#program.voicePlaces();
    const writer = this.#isSecond ? this.#wishes : this.#timing;
    writer.write(snapshot, next, nowMs, voices, this.#parts.pairs.isOtherDeaf(snapshot));
  }

  #publishActivity(nowMs: number): void {
    const activity = this.#program.activity(nowMs);
    const asText = JSON.stringify(activity);
    if (asText === this.#publishedActivity) return;
    this.#publishedActivity = asText;
    this.#host.relay.put(this.#activityKey, activity, { ephemeral: true });
  }

  /** @param isOver the space has no program any more; else other stages go on with it */
  stop(isOver: boolean): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelTimer();
    if (this.#isSecond) this.#host.metrics.secondSpaces.dec();
    this.#unwatchActivity();
    this.#parts.line.close();
    this.#program.close();
    // What another stage has said by now must not be taken back.
    if (!isOver) return;
    this.#host.relay.put(this.#activityKey, undefined);
    this.#timing.withdraw();
    this.#wishes.withdraw();
  }
}
