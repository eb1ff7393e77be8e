import {
  type Clock,
  type FrameSource,
  isSpaceId,
  LIMITS,
  type ProgramFrame,
  type SpaceId,
} from "@rostra/wire";
import { Followers } from "../followers.ts";
import { MergedSound } from "../merge/merged-sound.ts";
import type { HeardSource } from "../merge/preference.ts";
import type { RelayObserver } from "../observer.ts";
import type { FramesFollower, FramesListener, Unsubscribe } from "../relay.ts";
import type { Bus, BusListener } from "./bus.ts";
import { Copies } from "./copies.ts";
import { FrameQuestions } from "./frame-questions.ts";
import {
  byOrigin,
  decodeFrames,
  decodeQuestion,
  encodeAnswer,
  encodeFrames,
  type FramesQuestion,
  type Origin,
  sourceMark,
  sourceOf,
} from "./message.ts";
import type { ReadingTurns } from "./reading-turns.ts";

/** From when on who follows a space answers others: it has the past of it by then, ms. */
const ANSWERS_AFTER_MS = 1_000;
/** Where a follower keeps the frames itself: ten seconds, for what comes late or twice. */
const KEPT_ELSEWHERE_FRAMES = 512;

export interface FleetSoundOptions {
  readonly buses: readonly Bus[];
  readonly author: string;
  readonly subjects: (word: string) => string;
  readonly clock: Clock;
  readonly turns: ReadingTurns;
  readonly observer: RelayObserver;
  /** Which word of control this process goes by in a space of two stages; of others undefined. */
  readonly revisionOf: (spaceId: SpaceId) => number | undefined;
  /** Told of each stage that was heard, and by which word of control. */
  readonly onHeard: (spaceId: SpaceId, source: HeardSource) => void;
}

/** What one of a space's stages says, over all buses. */
interface Followed {
  readonly subject: string;
  readonly second: boolean;
  readonly copies: Copies;
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
  readonly #asked: FrameQuestions;
  readonly #followers = new Followers({
    onFirst: (spaceId) => this.#startFollowing(spaceId),
    onNone: (spaceId) => this.#stopFollowing(spaceId),
  });
  readonly #made = new Map<SpaceId, Making>();
  /** Subscriptions for the spaces that somebody here follows. */
  readonly #following = new Map<SpaceId, Unsubscribe[]>();

  constructor(options: FleetSoundOptions) {
    this.#options = options;
    const onReleased: FramesListener = (spaceId, frames) => this.#handOut(spaceId, frames);
    this.#sound = new MergedSound({ ...options, clock: options.turns.listening, onReleased });
    this.#asked = new FrameQuestions(options);
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

  follow(spaceId: SpaceId, follower: FramesFollower): Unsubscribe {
    return this.#followers.add(spaceId, follower);
  }

  /** Frames `from` to `to`, as far as anybody holds them, at most LIMITS.chunkFrames. */
  async history(spaceId: SpaceId, from: number, to: number): Promise<ProgramFrame[]> {
    const held = this.#sound.memory.range(spaceId, from, to);
    const wanted = Math.min(to - from + 1, LIMITS.chunkFrames);
    if (held.length >= wanted) return held;
    const answers = await this.#asked.frames(spaceId, { from, to });
    return firstCopies([held, ...byOrigin(answers).map(({ frames }) => frames)]);
  }

  async latest(spaceId: SpaceId): Promise<number | undefined> {
    const answers = await this.#asked.newest(spaceId);
    const numbers = [...answers.map(({ latest }) => latest), this.#sound.memory.latest(spaceId)];
    const known = numbers.filter((number) => number !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  }

  /** The space is over: whoever still follows it begins anew. */
  forget(spaceId: SpaceId): void {
    this.#sound.forget(spaceId);
    for (const unsubscribe of this.#made.get(spaceId)?.unsubscribes ?? []) unsubscribe();
    this.#made.delete(spaceId);
    if (this.#following.has(spaceId)) this.#openMemory(spaceId);
  }

  close(): void {
    for (const spaceId of [...this.#made.keys()]) this.forget(spaceId);
    for (const spaceId of [...this.#following.keys()]) this.#stopFollowing(spaceId);
    this.#followers.clear();
    this.#sound.close();
  }

  #startFollowing(spaceId: SpaceId): void {
    const { buses, subjects, clock } = this.#options;
    this.#openMemory(spaceId);
    const stages = [
      { subject: `frames.${spaceId}`, second: false, copies: new Copies() },
      { subject: `second.${spaceId}`, second: true, copies: new Copies() },
    ];
    const ends = buses.flatMap((bus) => stages.map((stage) => this.#followStage(bus, stage)));
    // Who has just begun has nothing to tell, and would often be asked by itself.
    const cancel = clock.after(ANSWERS_AFTER_MS, () => {
      for (const bus of buses) {
        const tell: BusListener = (bytes, to) =>
          this.#answer(bus, { spaceId, origin: "played" }, bytes, to);
        ends.push(bus.subscribe(subjects(`held.${spaceId}`), tell, "held"));
      }
    });
    ends.push(cancel);
    this.#following.set(spaceId, ends);
  }

  #stopFollowing(spaceId: SpaceId): void {
    for (const end of this.#following.get(spaceId) ?? []) end();
    this.#following.delete(spaceId);
    if (!this.#made.has(spaceId)) this.#sound.forget(spaceId);
  }

  #followStage(bus: Bus, { subject, second, copies }: Followed): Unsubscribe {
    const { subjects, observer } = this.#options;
    return bus.subscribe(subjects(subject), (bytes, _, spaceId, mark) => {
      const copied = copies.take(bytes, mark);
      const source = sourceOf(mark, second);
      if (!isSpaceId(spaceId) || source === undefined) return;
      const frames = copied > 0 ? [] : (decodeFrames(bytes) ?? []);
      observer.received(bus.name, second ? "second" : "first", copied + frames.length);
      if (frames.length === 0) return;
      this.#handOut(spaceId, this.#sound.take(spaceId, frames, source));
    });
  }

  #handOut(spaceId: SpaceId, frames: readonly ProgramFrame[]): void {
    this.#followers.hand(spaceId, frames);
    if (frames.length > 0) this.#options.turns.came(spaceId, frames);
  }

  /** Where somebody keeps a space's frames anyway, the last of them are enough here. */
  #openMemory(spaceId: SpaceId): void {
    const isKept = this.#followers.of(spaceId).some(({ recall }) => recall !== undefined);
    this.#sound.memory.of(spaceId, isKept ? KEPT_ELSEWHERE_FRAMES : LIMITS.ringFrames);
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
    const frames = this.#remembered(spaceId, question);
    bus.publish(to, encodeAnswer({ origin, latest: this.#sound.memory.latest(spaceId), frames }));
  }

  /** Here, and by those who follow. */
  #remembered(spaceId: SpaceId, { from, to }: FramesQuestion): ProgramFrame[] {
    const recent = this.#sound.memory.range(spaceId, from, to);
    if (recent.length >= Math.min(to - from + 1, LIMITS.chunkFrames)) return recent;
    const kept = this.#followers.of(spaceId).map(({ recall }) => recall?.(from, to) ?? []);
    return firstCopies([recent, ...kept]);
  }
}

/** At most LIMITS.chunkFrames, ascending; of each number the first. */
function firstCopies(lists: readonly (readonly ProgramFrame[])[]): ProgramFrame[] {
  const found = new Map<number, ProgramFrame>();
  for (const frame of lists.flat()) if (!found.has(frame.number)) found.set(frame.number, frame);
  return [...found.values()].sort((a, b) => a.number - b.number).slice(0, LIMITS.chunkFrames);
}
