import type { Relay } from "@rostra/relay";
import { type SpaceId, STATE_KEYS } from "@rostra/wire";
import type { SpaceRecord } from "../roles/record.ts";

/** Shows edges the hosts' last word, as it is in the store. */
export class NoticeBoard {
  readonly #relay: Relay;
  /** The id of the notice that is shown. */
  readonly #shown = new Map<SpaceId, number>();

  constructor(relay: Relay) {
    this.#relay = relay;
  }

  /** Two changes may come back from the store in either order: the newer notice stays. */
  show({ snapshot: { id }, notes: { notice } }: SpaceRecord): void {
    if (notice === null || notice.id <= (this.#shown.get(id) ?? 0)) return;
    this.#shown.set(id, notice.id);
    this.#relay.put(STATE_KEYS.notice(id), notice);
  }

  forget(id: SpaceId): void {
    this.#shown.delete(id);
    this.#relay.put(STATE_KEYS.notice(id), undefined);
  }
}
