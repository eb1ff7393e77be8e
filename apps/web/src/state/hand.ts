import { effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Identity, RostraApi } from "@rostra/client";
import type { HandQueue, SpaceId } from "@rostra/wire";
import { announce } from "./announcer.ts";
import { failureWords } from "./failure.ts";
import { HANDS_CLOSED } from "./hand-words.ts";

/** What a listener sees of their own hand. */
export interface HandView {
  readonly kind: "down" | "up" | "closed";
  /** One line under the button; empty where the button says it all. */
  readonly words: string;
}

/**
 * @param position in the queue, from 1 on; null: our hand is down
 * @param isBlocked the space keeps us off its stage
 */
export function handView(queue: HandQueue, position: number | null, isBlocked: boolean): HandView {
  if (isBlocked) return { kind: "closed", words: "You can listen here, but not ask to speak." };
  // A hand that is up stays in the queue when the host closes it.
  if (position !== null) return { kind: "up", words: placeWords(position, queue.count) };
  if (!queue.open) return { kind: "closed", words: HANDS_CLOSED };
  return { kind: "down", words: "" };
}

/** "You are next.", "You are 3rd of 12." */
export function placeWords(position: number, count: number): string {
  if (position === 1) return "Your hand is up. You are next.";
  return `Your hand is up. You are ${ordinal(position)} of ${Math.max(position, count)}.`;
}

const SUFFIXES: Readonly<Record<string, string>> = { one: "st", two: "nd", few: "rd", other: "th" };
const ORDINALS = new Intl.PluralRules("en", { type: "ordinal" });

function ordinal(number: number): string {
  return `${number}${SUFFIXES[ORDINALS.select(number)]}`;
}

/** A queue of hundreds changes often: each of them asks for its place no more often than this. */
const ASK_EVERY_MS = 2_000;
const ASK_SPREAD_MS = 1_000;

type HandApi = Pick<RostraApi, "me" | "raiseHand" | "lowerHand"> & {
  readonly identity: { readonly value: Identity | null };
};

/** One listener's hand in one space. The queue's numbers come with the room, our place is asked for. */
export class Hand {
  readonly #api: HandApi;
  readonly #spaceId: SpaceId;
  readonly #queue: ReadonlySignal<HandQueue>;
  readonly #position = signal<number | null>(null);
  readonly #isBlocked = signal(false);
  readonly #problem = signal("");
  readonly #isBusy = signal(false);
  #askTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: HandApi, spaceId: SpaceId, queue: ReadonlySignal<HandQueue>) {
    this.#api = api;
    this.#spaceId = spaceId;
    this.#queue = queue;
  }

  get view(): HandView {
    return handView(this.#queue.value, this.#position.value, this.#isBlocked.value);
  }

  get problem(): string {
    return this.#problem.value;
  }

  get isBusy(): boolean {
    return this.#isBusy.value;
  }

  /** Follows the queue. @returns what stops it */
  start(): () => void {
    const stop = effect(() => {
      const { count } = this.#queue.value;
      // Nobody's hand is up: ours isn't either, and nothing needs to be asked.
      if (count === 0) this.#take(null);
      else this.#askSoon();
    });
    return () => {
      stop();
      clearTimeout(this.#askTimer);
      this.#askTimer = undefined;
    };
  }

  /** @param become makes the caller somebody, where they are nobody yet */
  async raise(become: () => Promise<void>): Promise<void> {
    await this.#attempt(async () => {
      await become();
      this.#position.value = await this.#api.raiseHand(this.#spaceId);
      announce(this.view.words);
    });
  }

  async lower(): Promise<void> {
    await this.#attempt(async () => {
      await this.#api.lowerHand(this.#spaceId);
      this.#position.value = null;
      announce("Your hand is down.");
    });
  }

  async #attempt(action: () => Promise<void>): Promise<void> {
    if (this.#isBusy.value) return;
    this.#isBusy.value = true;
    this.#problem.value = "";
    try {
      await action();
    } catch (error) {
      this.#problem.value = failureWords(error);
    } finally {
      this.#isBusy.value = false;
    }
  }

  #askSoon(): void {
    if (this.#askTimer !== undefined || this.#api.identity.value === null) return;
    const isKnown = this.#position.peek() !== null;
    const waitMs = isKnown ? ASK_EVERY_MS + Math.random() * ASK_SPREAD_MS : 0;
    this.#askTimer = setTimeout(() => void this.#ask(), waitMs);
  }

  /** Never rejects: an old place stands until the queue changes again. */
  async #ask(): Promise<void> {
    try {
      const me = await this.#api.me(this.#spaceId);
      this.#isBlocked.value = me.blocked;
      this.#take(me.hand);
    } catch {
      // Control is away: the queue can't move either.
    } finally {
      this.#askTimer = undefined;
    }
  }

  #take(position: number | null): void {
    if (this.#isBusy.peek()) return;
    const was = this.#position.peek();
    this.#position.value = position;
    if (was !== null && position === null) announce("Your hand is down.");
    else if (position === 1 && was !== null && was > 1) announce("You are next.");
  }
}
