import type { Relay, Unsubscribe } from "@rostra/relay";
import { isService, type Service, STATE_KEYS } from "@rostra/wire";

/**
 * Which control decides for all spaces while the store, which would make all of them agree, is out of
 * reach: the first by name of those that are there. All see the same entries in the relay's state;
 * for the moment in which they don't, `joined` has the rule.
 */
export class Deciders {
  readonly #name: string;
  readonly #controls = new Map<string, Service>();
  readonly #unwatch: Unsubscribe;

  /** @param name our own */
  constructor(relay: Relay, name: string) {
    this.#name = name;
    this.#unwatch = relay.watch(STATE_KEYS.services, (key, value) => {
      const of = key.slice(STATE_KEYS.services.length);
      // One of the version before can't decide without its store.
      if (isService(value) && value.role === "control" && value.decides === true) {
        this.#controls.set(of, value);
      } else this.#controls.delete(of);
    });
  }

  /** @returns undefined where it is ourselves */
  get elsewhere(): Service | undefined {
    const first = [...this.#controls.keys(), this.#name].sort()[0]!;
    return first === this.#name ? undefined : this.#controls.get(first);
  }

  close(): void {
    this.#unwatch();
  }
}
