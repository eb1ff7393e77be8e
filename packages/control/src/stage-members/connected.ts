import type { Relay, Unsubscribe } from "@rostra/relay";
import { isStageActivity, type SpaceId, STATE_KEYS, type UserId } from "@rostra/wire";

const NOBODY: ReadonlySet<UserId> = new Set();

/** Who has a working microphone path, as the stages say. */
export class ConnectedMembers {
  readonly #bySpace = new Map<string, ReadonlySet<UserId>>();
  readonly #unwatch: Unsubscribe;

  constructor(relay: Relay) {
    this.#unwatch = relay.watch(STATE_KEYS.activities, (key, value) => {
      const id = key.slice(STATE_KEYS.activities.length);
      if (isStageActivity(value)) this.#bySpace.set(id, new Set(value.connected));
      else this.#bySpace.delete(id);
    });
  }

  /** Nobody, for a space whose stage is away or has nothing to say. */
  of(id: SpaceId): ReadonlySet<UserId> {
    return this.#bySpace.get(id) ?? NOBODY;
  }

  close(): void {
    this.#unwatch();
  }
}
