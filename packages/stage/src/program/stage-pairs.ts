import type { Relay, Unsubscribe } from "@rostra/relay";
import { isService, type SpaceSnapshot, STATE_KEYS } from "@rostra/wire";

/** Which part this stage has in a space: of a pair the first's frames and words are preferred. */
export type StagePart = "first" | "second";

/** This stage beside the others: which of them live, and so who speaks for a space. */
export class StagePairs {
  readonly #name: string;
  readonly #here = new Set<string>();
  readonly #unwatch: Unsubscribe;

  /** @param name this stage's, as snapshots name it */
  constructor(name: string, relay: Relay) {
    this.#name = name;
    this.#unwatch = relay.watch(STATE_KEYS.services, (key, value) => {
      const service = key.slice(STATE_KEYS.services.length);
      if (isService(value) && value.role === "stage") this.#here.add(service);
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

  close(): void {
    this.#unwatch();
  }
}
