import type { Relay, Unsubscribe } from "@rostra/relay";
import { isRaid, type Raid, type SpaceId, STATE_KEYS } from "@rostra/wire";

/** Which raids control says are under way: a few at a time, of all spaces. */
export class Raids {
  readonly #byOrigin = new Map<string, Raid>();
  readonly #unwatch: Unsubscribe;

  constructor(relay: Pick<Relay, "watch">, onChange: () => void) {
    this.#unwatch = relay.watch(STATE_KEYS.raids, (key, value) => {
      const from = key.slice(STATE_KEYS.raids.length);
      if (isRaid(value)) this.#byOrigin.set(from, value);
      else this.#byOrigin.delete(from);
      onChange();
    });
  }

  /** The one that takes this space's audience away. */
  leaving(id: SpaceId): Raid | undefined {
    return this.#byOrigin.get(id);
  }

  /** The one that brings another space's audience here. */
  arriving(id: SpaceId): Raid | undefined {
    for (const raid of this.#byOrigin.values()) if (raid.to === id) return raid;
    return undefined;
  }

  close(): void {
    this.#unwatch();
  }
}
