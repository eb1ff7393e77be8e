import { Hearers } from "../hearers.ts";
import type { StateValue, TopicListener, Unsubscribe } from "../relay.ts";
import type { Bus } from "./bus.ts";
import { decodeFleetMessage, encodeFleetMessage, type FleetMessage } from "./message.ts";

/** Who tells of one topic: of more than so many the one that was heard of first is forgotten. */
const MOST_AUTHORS = 8;

export interface FleetTopicsOptions {
  readonly buses: readonly Bus[];
  readonly author: string;
  readonly subjects: (word: string) => string;
}

/**
 * What is told by topic in a fleet: over all buses, each topic on a subject of its own, so that a message
 * engine carries it to those alone who hear of it.
 */
export class FleetTopics {
  readonly #options: FleetTopicsOptions;
  /** Subscriptions for topics that somebody here hears of. */
  readonly #heard = new Map<string, readonly Unsubscribe[]>();
  readonly #hearers = new Hearers({
    onFirst: (topic) => this.#listen(topic),
    onNone: (topic) => this.#stop(topic),
  });
  #told = 0;

  constructor(options: FleetTopicsOptions) {
    this.#options = options;
  }

  tell(topic: string, value: StateValue): void {
    const { buses, author } = this.#options;
    this.#told += 1;
    const bytes = encodeFleetMessage({ kind: "told", author, at: this.#told, value });
    for (const bus of buses) bus.publish(this.#subjectOf(topic), bytes);
  }

  hear(topic: string, listener: TopicListener): Unsubscribe {
    return this.#hearers.add(topic, listener);
  }

  close(): void {
    for (const topic of [...this.#heard.keys()]) this.#stop(topic);
    this.#hearers.clear();
  }

  #listen(topic: string): void {
    // Of each author, the number of its latest: copies over other buses come behind it.
    const latest = new Map<string, number>();
    const take = (bytes: Uint8Array) => {
      const told = toldIn(bytes);
      if (told === undefined || told.at <= (latest.get(told.author) ?? 0)) return;
      latest.set(told.author, told.at);
      if (latest.size > MOST_AUTHORS) latest.delete(latest.keys().next().value!);
      this.#hearers.hand(topic, told.value);
    };
    const subject = this.#subjectOf(topic);
    const { buses } = this.#options;
    this.#heard.set(
      topic,
      buses.map((bus) => bus.subscribe(subject, take)),
    );
  }

  #stop(topic: string): void {
    for (const unsubscribe of this.#heard.get(topic) ?? []) unsubscribe();
    this.#heard.delete(topic);
  }

  #subjectOf(topic: string): string {
    return this.#options.subjects(`told.${topic.replaceAll("/", ".")}`);
  }
}

function toldIn(bytes: Uint8Array): Extract<FleetMessage, { kind: "told" }> | undefined {
  try {
    const message = decodeFleetMessage(bytes);
    return message?.kind === "told" ? message : undefined;
  } catch {
    // Somebody else's words on our subjects: nothing of ours depends on them.
    return undefined;
  }
}
