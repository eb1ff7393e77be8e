import type { Opus } from "@rostra/sound";
import {
  type Channels,
  channelsOf,
  hasProgram,
  type SpaceId,
  type SpaceSnapshot,
} from "@rostra/wire";
import { openStageEncoders } from "../encode/stage-encoders.ts";
import { Fence } from "./fence.ts";
import { Program } from "./program.ts";
import { firstFrame, type ProgramHost, RunningProgram } from "./running-program.ts";
import { SpaceLine } from "./space-line.ts";
import { StagePairs } from "./stage-pairs.ts";

/**
 * A program costs about 15 ms of CPU a second while somebody speaks, less than 1 ms and 0.4 MB while nobody
 * is connected: more than this is no use to anybody.
 */
const MAX_PROGRAMS = 1_000;

interface Entry {
  snapshot: SpaceSnapshot;
  readonly line: SpaceLine;
  running: RunningProgram | undefined;
}

/**
 * Runs a program for each space of this stage, as the first or as the second of a pair, from
 * backstage to its end. Owns the programs.
 */
export class Programs {
  readonly #opus: Opus;
  readonly #host: ProgramHost;
  readonly #pairs: StagePairs;
  readonly #fence: Fence;
  readonly #entries = new Map<SpaceId, Entry>();
  #closed = false;

  constructor(stageName: string, opus: Opus, host: ProgramHost) {
    this.#opus = opus;
    this.#host = host;
    this.#pairs = new StagePairs(stageName, host.relay);
    this.#fence = new Fence(host.relay, host.clock, host.log);
  }

  /** Spaces whose program runs here, or is about to. */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether there is room for another. */
  get hasRoom(): boolean {
    return this.#entries.size < MAX_PROGRAMS;
  }

  /** Undefined where no program runs (yet). */
  get(spaceId: SpaceId): RunningProgram | undefined {
    return this.#entries.get(spaceId)?.running;
  }

  /** Starts, changes or ends a space's program, as its snapshot says. */
  apply(snapshot: SpaceSnapshot): void {
    if (this.#closed) return;
    if (!this.#isOurs(snapshot)) {
      this.#remove(snapshot.id, !hasProgram(snapshot.state));
      return;
    }
    const entry = this.#entries.get(snapshot.id);
    if (entry !== undefined) {
      entry.snapshot = snapshot;
      // It may wait for a first that it has to be now itself.
      if (this.#pairs.partIn(snapshot) === "first") entry.line.take("first", snapshot.term);
      entry.running?.update(snapshot);
      void this.#refit(entry);
      return;
    }
    if (!this.hasRoom) {
      this.#host.log.error({ space: snapshot.id }, "no room for another program");
      return;
    }
    const line = new SpaceLine(this.#host.relay, this.#host.clock, snapshot.id);
    const started: Entry = { snapshot, line, running: undefined };
    this.#entries.set(snapshot.id, started);
    void this.#start(started);
  }

  #isOurs(snapshot: SpaceSnapshot): boolean {
    return this.#pairs.partIn(snapshot) !== undefined && hasProgram(snapshot.state);
  }

  async #start(entry: Entry): Promise<void> {
    const { line } = entry;
    const { id } = entry.snapshot;
    try {
      if (this.#pairs.partIn(entry.snapshot) === "second") {
        line.take("second", entry.snapshot.term);
        await line.heard();
      }
      const encoders = await openStageEncoders(this.#opus, channelsIn(entry.snapshot));
      const first = await firstFrame(this.#host, entry.snapshot, line);
      // It may have ended while we waited, even begun anew: only the current entry may run.
      if (this.#closed || this.#entries.get(id) !== entry) {
        encoders.close();
        return;
      }
      const program = new Program(entry.snapshot, encoders, this.#host.holding, (news) =>
        this.#host.onGuard?.(id, news),
      );
      for (const speaker of this.#host.speakersOf(id)) program.add(speaker);
      const parts = { program, line, pairs: this.#pairs, fence: this.#fence };
      entry.running = new RunningProgram(this.#host, parts, first);
      this.#host.metrics.spaces.inc();
      this.#host.log.info({ space: id, first }, "the program runs");
      // It may have been made for what the space's sound was a moment ago.
      void this.#refit(entry);
    } catch (error) {
      line.close();
      if (this.#entries.get(id) === entry) this.#entries.delete(id);
      this.#host.log.error({ err: error, space: id }, "the program could not start");
    }
  }

  /** Gives a program that runs the channels that the space's sound has now. */
  async #refit(entry: Entry): Promise<void> {
    const { running } = entry;
    const channels = channelsIn(entry.snapshot);
    if (running === undefined || running.channels === channels) return;
    try {
      const encoders = await openStageEncoders(this.#opus, channels);
      const isCurrent = this.#entries.get(entry.snapshot.id) === entry && !this.#closed;
      // Changed back, or done already, while we waited.
      const isWanted = channelsIn(entry.snapshot) === channels && running.channels !== channels;
      if (isCurrent && isWanted) running.refit(encoders);
      else encoders.close();
    } catch (error) {
      // It goes on as it was: every packet says itself how many channels it has.
      this.#host.log.error({ err: error, space: entry.snapshot.id }, "the sound could not change");
    }
  }

  /** Nobody knows of the space any more. */
  remove(spaceId: SpaceId): void {
    this.#remove(spaceId, true);
  }

  /** @param isOver it has ended; else it isn't ours any more */
  #remove(spaceId: SpaceId, isOver: boolean): void {
    const entry = this.#entries.get(spaceId);
    if (entry === undefined) return;
    this.#entries.delete(spaceId);
    entry.line.close();
    if (entry.running === undefined) return;
    entry.running.stop(isOver);
    this.#host.metrics.spaces.dec();
    this.#host.log.info({ space: spaceId }, "the program ended");
  }

  close(): void {
    this.#closed = true;
    this.#fence.close();
    this.#pairs.close();
    // Where another stage goes on, what it says stands; where none does, our words go with us.
    for (const [id, { snapshot }] of [...this.#entries]) {
      this.#remove(id, snapshot.secondStageName === undefined);
    }
  }
}

function channelsIn({ settings }: SpaceSnapshot): Channels {
  return channelsOf(settings.sound);
}
