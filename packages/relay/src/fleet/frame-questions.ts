import { type Clock, LIMITS, type SpaceId } from "@rostra/wire";
import { NEWEST } from "../relay.ts";
import type { Bus } from "./bus.ts";
import { Gathering } from "./gathering.ts";
import { encodeQuestion, type FramesAnswer, type FramesQuestion } from "./message.ts";
import type { ReadingTurns } from "./reading-turns.ts";

/** Who follows a space is given so long to answer before its makers are asked, ms. */
const MAKERS_AFTER_MS = 15;

export interface FrameQuestionsOptions {
  readonly buses: readonly Bus[];
  readonly author: string;
  readonly subjects: (word: string) => string;
  readonly clock: Clock;
  readonly turns: Pick<ReadingTurns, "hurry">;
}

/** Asks the other processes of a fleet for frames: one of those who follow a space, and its makers. */
export class FrameQuestions {
  readonly #options: FrameQuestionsOptions;
  #questions = 0;

  constructor(options: FrameQuestionsOptions) {
    this.#options = options;
  }

  /** What everybody knows who may know of the newest: a follower on each bus and all makers. */
  async newest(spaceId: SpaceId): Promise<FramesAnswer[]> {
    const question = { from: 1, to: 0 };
    const asked = [this.#ask("held", spaceId, question), this.#ask("made", spaceId, question)];
    await Promise.all(asked.map(({ gathering }) => gathering.done));
    for (const { end } of asked) end();
    return asked.flatMap(({ gathering }) => gathering.answers);
  }

  /**
   * A follower is asked first, so that a stage doesn't answer for a crowd of edges; those who make the
   * space's frames, where it doesn't have them all, or is slow.
   */
  async frames(spaceId: SpaceId, question: FramesQuestion): Promise<FramesAnswer[]> {
    const held = this.#ask("held", spaceId, question);
    await this.#within(held.gathering.done, MAKERS_AFTER_MS);
    const answers = held.gathering.isWhole ? [] : await this.#askMakers(spaceId, question);
    // Nobody makes them any more: then it is the follower who is waited for.
    if (answers.length === 0) await held.gathering.done;
    held.end();
    return [...held.gathering.answers, ...answers];
  }

  async #askMakers(spaceId: SpaceId, question: FramesQuestion): Promise<FramesAnswer[]> {
    const { gathering, end } = this.#ask("made", spaceId, question);
    await gathering.done;
    end();
    return gathering.answers;
  }

  async #within(done: Promise<void>, ms: number): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(ms, late.resolve);
    await Promise.race([done, late.promise]);
    cancel();
  }

  /** @returns what comes in, until it is ended */
  #ask(
    whom: "held" | "made",
    spaceId: SpaceId,
    question: FramesQuestion,
  ): { readonly gathering: Gathering; readonly end: () => void } {
    const { subjects, author, clock, turns } = this.#options;
    const calm = turns.hurry();
    const buses = this.#options.buses.filter((bus) => bus.connected);
    this.#questions += 1;
    const inbox = subjects(`inbox.${author}.frames-${this.#questions}`);
    const gathering = new Gathering({
      clock,
      asked: buses.length,
      oneEach: whom === "held",
      isWhole: (answer) => isWhole(answer, question),
    });
    const unsubscribes = buses.map((bus) => bus.subscribe(inbox, (bytes) => gathering.take(bytes)));
    const bytes = encodeQuestion(question);
    for (const bus of buses) {
      bus.publish(subjects(`${whom}.${spaceId}`), bytes, { answerTo: inbox });
    }
    const end = () => {
      calm();
      for (const unsubscribe of unsubscribes) unsubscribe();
    };
    return { gathering, end };
  }
}

/** All of the numbers asked for, or as many as fit; and of nobody who may be contradicted. */
function isWhole({ origin, latest, frames }: FramesAnswer, { from, to }: FramesQuestion): boolean {
  const last = frames.at(-1)?.number;
  if (last === undefined || frames[0]!.number !== from || origin === "second") return false;
  const isToTheEnd = frames.length >= LIMITS.chunkFrames || last === (to === NEWEST ? latest : to);
  return isToTheEnd && last - from + 1 === frames.length;
}
