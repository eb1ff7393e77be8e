import type { Relay, Unsubscribe } from "@rostra/relay";
import { isService, type Service, type SpaceSnapshot, STATE_KEYS } from "@rostra/wire";

/** Which part this stage has in a space: of a pair the first's frames and words are preferred. */
export type StagePart = "first" | "second";

/** This stage beside the others: which of them live, and so who speaks for a space. */
export class StagePairs {
  readonly #name: string;
  readonly #here = new Map<string, Service>();
  readonly #unwatch: Unsubscribe;

  /** @param name this stage's, as snapshots name it */
  constructor(name: string, relay: Relay) {
    this.#name = name;
    this.#unwatch = relay.watch(STATE_KEYS.services, (key, value) => {
      const service = key.slice(STATE_KEYS.services.length);
      if (isService(value) && value.role === "stage") this.#here.set(service, value);
      else this.#here.delete(service);
    });
  }

  /** @returns undefined for a space of other stages */
  partIn({ stageName, secondStageName }: SpaceSnapshot): StagePart | undefined {
    if (stageName === this.#name) return "first";
    return secondStageName === this.#name ? "second" : undefined;
  }

  /**
   * Whether this stage says who is connected and who speaks: the first does, and the second where
   * the first has gone and control hasn't said yet who is the first now.
   */
  leads(snapshot: SpaceSnapshot): boolean {
    const part = this.partIn(snapshot);
    return part === "first" || (part === "second" && !this.#here.has(snapshot.stageName));
  }

  /**
   * Whether the other stage of a pair knows shared state alone: one of the version before. Of one that
   * isn't seen it is hoped that it hears.
   */
  isOtherDeaf({ stageName, secondStageName = stageName }: SpaceSnapshot): boolean {
    const other = this.#here.get(stageName === this.#name ? secondStageName : stageName);
    return other !== undefined && other.hearsTopics !== true;
  }

  close(): void {
    this.#unwatch();
  }
}
