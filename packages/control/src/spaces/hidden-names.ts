import type { Relay } from "@rostra/relay";
import { type HiddenNames, type SpaceId, STATE_KEYS } from "@rostra/wire";
import type { SpaceRecord } from "../roles/record.ts";

/** Shows edges whose names they leave out, as it is in the store. */
export class HiddenNamesBoard {
  readonly #relay: Relay;
  /** The ids that are shown, as one text. */
  readonly #shown = new Map<SpaceId, string>();

  constructor(relay: Relay) {
    this.#relay = relay;
  }

  /** @param record what is held now: of two changes that come back in either order, the newer */
  show({ snapshot: { id }, notes }: SpaceRecord): void {
    const ids: HiddenNames = notes.hiddenNames.map((person) => person.id);
    const text = ids.join();
    if (text === (this.#shown.get(id) ?? "")) return;
    this.#shown.set(id, text);
    this.#relay.put(STATE_KEYS.hiddenNames(id), ids);
  }

  forget(id: SpaceId): void {
    this.#shown.delete(id);
    this.#relay.put(STATE_KEYS.hiddenNames(id), undefined);
  }
}
