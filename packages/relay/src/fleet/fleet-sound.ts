import { type Clock, isSpaceId, LIMITS, type ProgramFrame, type SpaceId } from "@rostra/wire";
import { FrameMemory } from "../frame-memory.ts";
import type { FramesListener, Unsubscribe } from "../relay.ts";
import type { Bus } from "./bus.ts";
import {
  decodeAnswer,
  decodeFrames,
  decodeQuestion,
  encodeAnswer,
  encodeFrames,
  encodeQuestion,
  type FramesAnswer,
  type FramesQuestion,
} from "./message.ts";

/** How long after the first answer others may still add to it, ms. */
const GATHER_MS = 40;
const ANSWER_TIMEOUT_MS = 1_000;

export interface FleetSoundOptions {
  readonly buses: readonly Bus[];
  readonly author: string;
  readonly subjects: (word: string) => string;
  readonly clock: Clock;
}

/**
 * The program on its way through a fleet: each frame over all buses at once, the first copy of a
 * number wins (SMPTE ST 2022-7 does this with packets). Whoever makes or follows frames remembers
 * them, and answers those who missed some: every maker, and one of those who follow.
 */
export class FleetSound {
  readonly #options: FleetSoundOptions;
  readonly #memory = new FrameMemory();
  readonly #listeners = new Set<FramesListener>();
  readonly #made = new Map<SpaceId, Unsubscribe[]>();
  #following: Unsubscribe[] = [];
  #questions = 0;

  constructor(options: FleetSoundOptions) {
    this.#options = options;
  }

  publish(spaceId: SpaceId, frames: readonly ProgramFrame[]): void {
    const { buses, subjects } = this.#options;
    this.#memory.add(spaceId, frames);
    this.#answerFor(spaceId);
    const bytes = encodeFrames(frames);
    const subject = subjects(`frames.${spaceId}`);
    for (const bus of buses) if (!bus.congested) bus.publish(subject, bytes);
  }

  follow(listener: FramesListener): Unsubscribe {
    if (this.#following.length === 0) this.#startFollowing();
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Frames `from` to `to`, as far as anybody holds them, at most LIMITS.chunkFrames. */
  async history(spaceId: SpaceId, from: number, to: number): Promise<ProgramFrame[]> {
    const held = this.#memory.range(spaceId, from, to);
    const wanted = Math.min(to - from + 1, LIMITS.chunkFrames);
    if (held.length >= wanted) return held;
    const answers = await this.#ask(spaceId, { from, to });
    const found = new Map(held.map((frame) => [frame.number, frame]));
    for (const frame of answers.flatMap(({ frames }) => frames)) {
      if (!found.has(frame.number)) found.set(frame.number, frame);
    }
    const sorted = [...found.values()].sort((a, b) => a.number - b.number);
    return sorted.slice(0, LIMITS.chunkFrames);
  }

  async latest(spaceId: SpaceId): Promise<number | undefined> {
    const answers = await this.#ask(spaceId, { from: 1, to: 0 });
    const numbers = [...answers.map(({ latest }) => latest), this.#memory.latest(spaceId)];
    const known = numbers.filter((number) => number !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  }

  forget(spaceId: SpaceId): void {
    this.#memory.forget(spaceId);
    for (const unsubscribe of this.#made.get(spaceId) ?? []) unsubscribe();
    this.#made.delete(spaceId);
  }

  close(): void {
    for (const spaceId of [...this.#made.keys()]) this.forget(spaceId);
    for (const unsubscribe of this.#following) unsubscribe();
    this.#listeners.clear();
  }

  #startFollowing(): void {
    const { buses, subjects } = this.#options;
    this.#following = buses.flatMap((bus) => [
      bus.subscribe(subjects("frames.*"), (bytes, _, spaceId) => {
        if (isSpaceId(spaceId)) this.#take(spaceId, decodeFrames(bytes) ?? []);
      }),
      bus.subscribe(
        subjects("held.*"),
        (bytes, to, spaceId) => {
          if (isSpaceId(spaceId)) this.#answer(bus, spaceId, bytes, to);
        },
        "held",
      ),
    ]);
  }

  #take(spaceId: SpaceId, frames: readonly ProgramFrame[]): void {
    const fresh = this.#memory.add(spaceId, frames);
    if (fresh.length === 0) return;
    for (const listener of [...this.#listeners]) listener(spaceId, fresh);
  }

  /** Who makes a space's frames is always asked for those that somebody missed. */
  #answerFor(spaceId: SpaceId): void {
    if (this.#made.has(spaceId)) return;
    const { buses, subjects } = this.#options;
    const subscribed = buses.map((bus) =>
      bus.subscribe(subjects(`made.${spaceId}`), (bytes, to) => {
        this.#answer(bus, spaceId, bytes, to);
      }),
    );
    this.#made.set(spaceId, subscribed);
  }

  #answer(bus: Bus, spaceId: SpaceId, bytes: Uint8Array, to: string | undefined): void {
    if (to === undefined) return;
    let question: FramesQuestion;
    try {
      question = decodeQuestion(bytes);
    } catch {
      return;
    }
    const frames = this.#memory.range(spaceId, question.from, question.to);
    bus.publish(to, encodeAnswer({ latest: this.#memory.latest(spaceId), frames }));
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
      bus.publish(subjects(`made.${spaceId}`), bytes, inbox);
      bus.publish(subjects(`held.${spaceId}`), bytes, inbox);
    }
    try {
      return await gathering.answers;
    } finally {
      for (const unsubscribe of unsubscribes) unsubscribe();
    }
  }
}

/** Answers to one question: until a while after the first, or until nobody is left to ask. */
class Gathering {
  readonly answers: Promise<FramesAnswer[]>;
  readonly #resolve: () => void;
  readonly #clock: Clock;
  readonly #taken: FramesAnswer[] = [];
  #unanswered: number;

  constructor(clock: Clock, asked: number) {
    this.#clock = clock;
    this.#unanswered = asked;
    const { promise, resolve } = Promise.withResolvers<FramesAnswer[]>();
    const cancel = clock.after(ANSWER_TIMEOUT_MS, () => this.#resolve());
    this.#resolve = () => {
      cancel();
      resolve(this.#taken);
    };
    this.answers = promise;
  }

  take(bytes: Uint8Array): void {
    if (bytes.length === 0) {
      this.#unanswered -= 1;
      if (this.#unanswered === 0) this.#resolve();
      return;
    }
    try {
      this.#taken.push(decodeAnswer(bytes));
    } catch {
      return;
    }
    if (this.#taken.length === 1) this.#clock.after(GATHER_MS, () => this.#resolve());
  }
}
