import type { StateValue, TopicListener, Unsubscribe } from "./relay.ts";

export interface HearersOptions {
  /** Somebody in this process hears of a topic now. */
  readonly onFirst: (topic: string) => void;
  /** Nobody does any more. */
  readonly onNone: (topic: string) => void;
}

/** Those of one process who hear what is told, by topic: in a stage two for each space of a pair at most. */
export class Hearers {
  readonly #options: HearersOptions;
  readonly #byTopic = new Map<string, Set<TopicListener>>();

  constructor(options: HearersOptions) {
    this.#options = options;
  }

  add(topic: string, listener: TopicListener): Unsubscribe {
    // One's own, so that the same function may hear twice, and stop once.
    const own: TopicListener = (value) => listener(value);
    const here = this.#byTopic.get(topic);
    if (here === undefined) {
      this.#byTopic.set(topic, new Set([own]));
      this.#options.onFirst(topic);
    } else {
      here.add(own);
    }
    return () => this.#remove(topic, own);
  }

  hand(topic: string, value: StateValue): void {
    for (const listener of [...(this.#byTopic.get(topic) ?? [])]) listener(value);
  }

  /** Nobody hears any more; nobody is told. */
  clear(): void {
    this.#byTopic.clear();
  }

  #remove(topic: string, listener: TopicListener): void {
    const here = this.#byTopic.get(topic);
    if (here?.delete(listener) !== true || here.size > 0) return;
    this.#byTopic.delete(topic);
    this.#options.onNone(topic);
  }
}
