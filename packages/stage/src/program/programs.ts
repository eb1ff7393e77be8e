import type { Opus } from "@rostra/sound";
import {
  type Channels,
  channelsOf,
  hasProgram,
  type SpaceId,
  type SpaceSnapshot,
} from "@rostra/wire";
import { openStageEncoders } from "../encode/stage-encoders.ts";
import { Program } from "./program.ts";
import { firstFrame, type ProgramHost, RunningProgram } from "./running-program.ts";

/** A program costs about 15 ms of CPU a second: more than this is no use to anybody. */
const MAX_PROGRAMS = 200;

interface Entry {
  snapshot: SpaceSnapshot;
  running: RunningProgram | undefined;
}

/** Runs a program for each space of this stage, from backstage to its end. Owns the programs. */
export class Programs {
  readonly #stageName: string;
  readonly #opus: Opus;
  readonly #host: ProgramHost;
  readonly #entries = new Map<SpaceId, Entry>();
  #closed = false;

  constructor(stageName: string, opus: Opus, host: ProgramHost) {
    this.#stageName = stageName;
    this.#opus = opus;
    this.#host = host;
  }

  /** Undefined where no program runs (yet). */
  get(spaceId: SpaceId): RunningProgram | undefined {
    return this.#entries.get(spaceId)?.running;
  }

  /** Starts, changes or ends a space's program, as its snapshot says. */
  apply(snapshot: SpaceSnapshot): void {
    if (this.#closed) return;
    if (!this.#isOurs(snapshot)) {
      this.remove(snapshot.id);
      return;
    }
    const entry = this.#entries.get(snapshot.id);
    if (entry !== undefined) {
      entry.snapshot = snapshot;
      entry.running?.update(snapshot);
      void this.#refit(entry);
      return;
    }
    if (this.#entries.size >= MAX_PROGRAMS) {
      this.#host.log.error({ space: snapshot.id }, "no room for another program");
      return;
    }
    const started: Entry = { snapshot, running: undefined };
    this.#entries.set(snapshot.id, started);
    void this.#start(started);
  }

  #isOurs(snapshot: SpaceSnapshot): boolean {
    return snapshot.stageName === this.#stageName && hasProgram(snapshot.state);
  }

  async #start(entry: Entry): Promise<void> {
    const { id } = entry.snapshot;
    try {
      const encoders = await openStageEncoders(this.#opus, channelsIn(entry.snapshot));
      const first = await firstFrame(this.#host, entry.snapshot);
      // It may have ended while we waited, even begun anew: only the current entry may run.
      if (this.#closed || this.#entries.get(id) !== entry) {
        encoders.close();
        return;
      }
      const program = new Program(entry.snapshot, encoders, this.#host.holding, (news) =>
        this.#host.onGuard?.(id, news),
      );
      for (const speaker of this.#host.speakersOf(id)) program.add(speaker);
      entry.running = new RunningProgram(this.#host, program, first);
      this.#host.metrics.spaces.inc();
      this.#host.log.info({ space: id, first }, "the program runs");
      // It may have been made for what the space's sound was a moment ago.
      void this.#refit(entry);
    } catch (error) {
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

  /** The space ended, or isn't ours any more. */
  remove(spaceId: SpaceId): void {
    const entry = this.#entries.get(spaceId);
    if (entry === undefined) return;
    this.#entries.delete(spaceId);
    if (entry.running === undefined) return;
    entry.running.stop();
    this.#host.metrics.spaces.dec();
    this.#host.log.info({ space: spaceId }, "the program ended");
  }

  close(): void {
    this.#closed = true;
    for (const id of [...this.#entries.keys()]) this.remove(id);
  }
}

function channelsIn({ settings }: SpaceSnapshot): Channels {
  return channelsOf(settings.sound);
}
