import type { Relay, Unsubscribe } from "@rostra/relay";
import {
  type EdgeListenerCounts,
  isEdgeListenerCounts,
  type ListenerCount,
  type SpaceId,
  STATE_KEYS,
} from "@rostra/wire";

/** How many listen, summed over the edges, and the most that ever did at once. */
export class ListenerCounts {
  readonly #byEdge = new Map<string, EdgeListenerCounts>();
  readonly #now = new Map<SpaceId, number>();
  readonly #peaks = new Map<SpaceId, number>();
  readonly #unsaved = new Set<SpaceId>();
  readonly #relay: Relay;
  readonly #unwatch: Unsubscribe;

  constructor(relay: Relay) {
    this.#relay = relay;
    this.#unwatch = relay.watch(STATE_KEYS.listenerCounts, (edge, value) =>
      this.#report(edge, isEdgeListenerCounts(value) ? value : {}),
    );
  }

  /** Tells what the store remembers of a space: its peak can only be higher than that. */
  recall(id: SpaceId, peak: number): void {
    if (peak > (this.#peaks.get(id) ?? 0)) this.#setPeak(id, peak);
  }

  of(id: SpaceId): ListenerCount {
    const now = this.#now.get(id) ?? 0;
    return { now, peak: this.#peaks.get(id) ?? now };
  }

  /** For a space that nobody asks for any more. */
  forget(id: SpaceId): void {
    this.#peaks.delete(id);
    this.#unsaved.delete(id);
    this.#relay.put(STATE_KEYS.peak(id), undefined);
  }

  /**
   * Hands peaks that rose since the last time to `save`; where that fails they stay for the next.
   * @param save writes them to the store
   */
  async saveRisen(save: (peaks: ReadonlyMap<SpaceId, number>) => Promise<void>): Promise<void> {
    if (this.#unsaved.size === 0) return;
    const risen = new Map([...this.#unsaved].map((id) => [id, this.of(id).peak]));
    this.#unsaved.clear();
    try {
      await save(risen);
    } catch (error) {
      for (const id of risen.keys()) this.#unsaved.add(id);
      throw error;
    }
  }

  /** Stops following the relay. */
  close(): void {
    this.#unwatch();
  }

  /** Only the difference to what the edge said before is added: sums cost no walk over edges. */
  #report(edge: string, counts: EdgeListenerCounts): void {
    const before = this.#byEdge.get(edge) ?? {};
    const ids = new Set([...Object.keys(before), ...Object.keys(counts)] as SpaceId[]);
    if (Object.keys(counts).length === 0) this.#byEdge.delete(edge);
    else this.#byEdge.set(edge, counts);
    for (const id of ids) this.#add(id, (counts[id] ?? 0) - (before[id] ?? 0));
  }

  #add(id: SpaceId, difference: number): void {
    const now = (this.#now.get(id) ?? 0) + difference;
    if (now === 0) this.#now.delete(id);
    else this.#now.set(id, now);
    if (now <= (this.#peaks.get(id) ?? 0)) return;
    this.#setPeak(id, now);
    this.#unsaved.add(id);
  }

  /** Edges come and go, and each sees a part: they show the peak that is known here. */
  #setPeak(id: SpaceId, peak: number): void {
    this.#peaks.set(id, peak);
    this.#relay.put(STATE_KEYS.peak(id), peak);
  }
}
