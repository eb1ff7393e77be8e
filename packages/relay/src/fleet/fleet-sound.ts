import {
  type Clock,
  type FrameSource,
  isSpaceId,
  LIMITS,
  type ProgramFrame,
  type SpaceId,
} from "@rostra/wire";
import { MergedSound } from "../merge/merged-sound.ts";
import type { RelayObserver } from "../observer.ts";
import type { FramesListener, Unsubscribe } from "../relay.ts";
import type { Bus } from "./bus.ts";
import { Gathering } from "./gathering.ts";
import {
  byOrigin,
  decodeFrames,
  decodeQuestion,
  encodeAnswer,
  encodeFrames,
  encodeQuestion,
  type FramesAnswer,
  type FramesQuestion,
  type Origin,
  sourceMark,
  sourceOf,
} from "./message.ts";

export interface FleetSoundOptions {
  readonly buses: readonly Bus[];
  readonly author: string;
  readonly subjects: (word: string) => string;
  readonly clock: Clock;
  readonly observer: RelayObserver;
  /** Which word of control this process goes by in a space of two stages; of others undefined. */
  readonly revisionOf: (spaceId: SpaceId) => number | undefined;
}

/** Frames that this process makes for a space. */
interface Making {
  readonly unsubscribes: readonly Unsubscribe[];
  origin: Exclude<Origin, "played">;
}

/**
 * The program on its way through a fleet: each frame over all buses at once, and what arrives made
 * one line by whoever follows (SMPTE ST 2022-7 does this with the packets of two paths). A second
 * stage speaks on a subject of its own, so that a process of a version without pairs hears the
 * first alone. Whoever makes or follows frames remembers them, and answers those who missed some:
 * every maker, and one of those who follow.
 */
export class FleetSound {
  readonly #options: FleetSoundOptions;
  readonly #sound: MergedSound;
  readonly #listeners = new Set<FramesListener>();
  readonly #made = new Map<SpaceId, Making>();
  #following: Unsubscribe[] = [];
  #questions = 0;

  constructor(options: FleetSoundOptions) {
    this.#options = options;
    const onReleased: FramesListener = (spaceId, frames) => this.#handOut(spaceId, frames);
    this.#sound = new MergedSound({ ...options, onReleased });
  }

  publish(spaceId: SpaceId, frames: readonly ProgramFrame[], source: FrameSource): void {
    const { buses, subjects, revisionOf } = this.#options;
    const memory = this.#sound.memory.of(spaceId);
    for (const frame of frames) memory.add(frame);
    this.#answerFor(spaceId).origin = source.second ? "second" : "first";
    const bytes = encodeFrames(frames);
    const subject = subjects(`${source.second ? "second" : "frames"}.${spaceId}`);
    const extras = { mark: sourceMark({ ...source, revision: revisionOf(spaceId) }) };
    for (const bus of buses) if (!bus.congested) bus.publish(subject, bytes, extras);
  }

  follow(listener: FramesListener): Unsubscribe {
    if (this.#following.length === 0) this.#startFollowing();
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Frames `from` to `to`, as far as anybody holds them, at most LIMITS.chunkFrames. */
  async history(spaceId: SpaceId, from: number, to: number): Promise<ProgramFrame[]> {
    const held = this.#sound.memory.range(spaceId, from, to);
    const wanted = Math.min(to - from + 1, LIMITS.chunkFrames);
    if (held.length >= wanted) return held;
    const answers = await this.#ask(spaceId, { from, to });
    const found = new Map(held.map((frame) => [frame.number, frame]));
    for (const frame of byOrigin(answers).flatMap(({ frames }) => frames)) {
      if (!found.has(frame.number)) found.set(frame.number, frame);
    }
    const sorted = [...found.values()].sort((a, b) => a.number - b.number);
    return sorted.slice(0, LIMITS.chunkFrames);
  }

  async latest(spaceId: SpaceId): Promise<number | undefined> {
    const answers = await this.#ask(spaceId, { from: 1, to: 0 });
    const numbers = [...answers.map(({ latest }) => latest), this.#sound.memory.latest(spaceId)];
    const known = numbers.filter((number) => number !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  }

  forget(spaceId: SpaceId): void {
    this.#sound.forget(spaceId);
    for (const unsubscribe of this.#made.get(spaceId)?.unsubscribes ?? []) unsubscribe();
    this.#made.delete(spaceId);
  }

  close(): void {
    for (const spaceId of [...this.#made.keys()]) this.forget(spaceId);
    for (const unsubscribe of this.#following) unsubscribe();
    this.#sound.close();
    this.#listeners.clear();
  }

  #startFollowing(): void {
    const { buses, subjects } = this.#options;
    this.#following = buses.flatMap((bus) => [
      this.#followStage(bus, "frames", false),
      this.#followStage(bus, "second", true),
      bus.subscribe(
        subjects("held.*"),
        (bytes, to, spaceId) => {
          if (isSpaceId(spaceId)) this.#answer(bus, { spaceId, origin: "played" }, bytes, to);
        },
        "held",
      ),
    ]);
  }

  #followStage(bus: Bus, word: string, second: boolean): Unsubscribe {
    const { subjects, observer } = this.#options;
    return bus.subscribe(subjects(`${word}.*`), (bytes, _, spaceId, mark) => {
      const source = sourceOf(mark, second);
      const frames = decodeFrames(bytes) ?? [];
      if (!isSpaceId(spaceId) || source === undefined) return;
      observer.received(bus.name, second ? "second" : "first", frames.length);
      this.#handOut(spaceId, this.#sound.take(spaceId, frames, source));
    });
  }

  #handOut(spaceId: SpaceId, frames: readonly ProgramFrame[]): void {
    if (frames.length === 0) return;
    for (const listener of [...this.#listeners]) listener(spaceId, frames);
  }

  /** Who makes a space's frames is always asked for those that somebody missed. */
  #answerFor(spaceId: SpaceId): Making {
    const known = this.#made.get(spaceId);
    if (known !== undefined) return known;
    const { buses, subjects } = this.#options;
    const unsubscribes = buses.map((bus) =>
      bus.subscribe(subjects(`made.${spaceId}`), (bytes, to) => {
        this.#answer(bus, { spaceId, origin: making.origin }, bytes, to);
      }),
    );
    const making: Making = { unsubscribes, origin: "first" };
    this.#made.set(spaceId, making);
    return making;
  }

  #answer(
    bus: Bus,
    { spaceId, origin }: { spaceId: SpaceId; origin: Origin },
    bytes: Uint8Array,
    to: string | undefined,
  ): void {
    if (to === undefined) return;
    let question: FramesQuestion;
    try {
      question = decodeQuestion(bytes);
    } catch {
      return;
    }
    const { memory } = this.#sound;
    const frames = memory.range(spaceId, question.from, question.to);
    bus.publish(to, encodeAnswer({ origin, latest: memory.latest(spaceId), frames }));
  }

  /** Every maker and one follower are asked, on every bus. */
  async #ask(spaceId: SpaceId, question: FramesQuestion): Promise<FramesAnswer[]> {
    const { buses, subjects, author, clock } = this.#options;
    const connected = buses.filter((bus) => bus.connected);
    if (connected.length === 0) return [];
    this.#questions += 1;
    const inbox = subjects(`inbox.${author}.frames-${this.#questions}`);
    const bytes = encodeQuestion(question);
    const gathering = new Gathering(clock, connected.length * 2);
    const unsubscribes = connected.map((bus) =>
      bus.subscribe(inbox, (answer) => gathering.take(answer)),
    );
    for (const bus of connected) {
      bus.publish(subjects(`made.${spaceId}`), bytes, { answerTo: inbox });
      bus.publish(subjects(`held.${spaceId}`), bytes, { answerTo: inbox });
    }
    try {
      return await gathering.answers;
    } finally {
      for (const unsubscribe of unsubscribes) unsubscribe();
    }
  }
}
